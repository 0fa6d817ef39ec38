/*
 * revisions: what was changed of shared settings, by whom and why, newest first.
 */
import {html, useState} from '/html.js';
import {t, word} from '/i18n.js';
import {href} from '/router.js';
import {useResource} from '/resource.js';
import {Heading} from '/ui/shell.js';
import {Panel, Loaded} from '/ui/panel.js';
import {Ago, Mark, Said} from '/ui/words.js';
import {Listing} from '/ui/listing.js';

const STEP = 50;
const KINDS = {rolling: 'info', active: 'good', stopped: 'bad', draft: 'off'};

/** A revision's state in a word. */
export function RevisionState({state}) {
    return html`<${Mark} kind=${KINDS[state] ?? 'off'} text=${word('revision.state', state)} />`;
}

const COLUMNS = () => [
    {name: t('revision.number'), head: true, cell: one => html`<a href=${href(`/revisions/${one.number}`)}>${t('revision.name', {number: one.number})}</a>`},
    {name: t('revision.when'), cell: one => html`<${Ago} at=${one.at} />`},
    {name: t('revision.who'), cell: one => one.actor},
    {name: t('revision.what'), cell: one => html`<${Said} text=${one.summary} />`},
    {name: t('revision.why'), cell: one => one.reason},
    {name: t('revision.phones'), number: true, cell: one => one.phones},
    {name: t('revision.state'), cell: one => html`<${RevisionState} state=${one.state} />`},
];

/** The page. */
export default function Revisions() {
    const [limit, setLimit] = useState(STEP);
    const list = useResource('/revisions', {query: {limit}, on: ['settings', 'rollout', 'site']});
    return html`
        <${Heading} title=${t('nav.revisions')} sub=${t('revision.lead')} />
        <${Panel} title=${t('revision.list')}>
            <${Loaded} of=${list} show=${data => html`
                <${Listing} caption=${t('revision.list')} rows=${data.revisions} id=${one => one.number} columns=${COLUMNS()} step=${500} empty=${t('revision.none')} />
                ${data.revisions.length === limit && limit < 500 && html`<p><button type="button" onClick=${() => setLimit(Math.min(500, limit * 3))}>${t('revision.more')}</button></p>`}`} />
        </${Panel}>`;
}
