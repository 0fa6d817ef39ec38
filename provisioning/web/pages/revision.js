/*
 * revision: what one revision changed, value by value, and the way back to it.
 */
import {html} from '/html.js';
import {send} from '/api.js';
import {t, tn} from '/i18n.js';
import {dateTime} from '/format.js';
import {go, href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Heading} from '/ui/shell.js';
import {Facts, Panel, Loaded} from '/ui/panel.js';
import {Said} from '/ui/words.js';
import {Listing} from '/ui/listing.js';
import {settingName} from '/ui/findings.js';
import {useAct} from '/ui/act.js';
import {RevisionState} from '/pages/revisions.js';
import {scopePath} from '/pages/settings.js';

/* "site", "model snomD785", "value of the site". */
function Scope({change}) {
    if (change.scope === 'value')
        return html`<a href=${href('/site')}>${t('revision.site-value')}</a>`;
    return html`<a href=${href(scopePath(change.scope, change.owner))}>${t(`settings.layer.${change.scope}`)} ${change.owner}</a>`;
}

function value(change, text) {
    if (text === null || text === undefined)
        return html`<span class="faint">${t('revision.not-there')}</span>`;
    return change.secret ? t('revision.secret') : html`<code class="long">${text === '' ? t('settings.empty') : text}</code>`;
}

const COLUMNS = () => [
    {name: t('revision.setting'), head: true, cell: change => html`<code>${settingName(change)}</code>`},
    {name: t('revision.where'), cell: change => html`<${Scope} change=${change} />`},
    {name: t('revision.before'), cell: change => value(change, change.old)},
    {name: t('revision.after'), cell: change => value(change, change.new)},
];

async function restore(number, act) {
    const given = await ask({
        title: t('revision.restore', {number}), text: t('revision.restore.text', {number}), action: t('revision.restore.do'),
        fields: [{name: 'reason', label: t('part.reason'), why: t('part.reason.why')}],
    });
    if (!given)
        return;
    const answer = await act(() => send('POST', `/revisions/${number}/restore`, given.reason ? {reason: given.reason} : {}),
        ({body}) => t('settings.stored', {revision: body.revision, phones: tn('settings.phones', body.phones)}));
    if (answer)
        go('/rollout');
}

/** The page. */
export default function RevisionPage({params}) {
    const one = useResource(`/revisions/${params.number}`, {on: ['rollout']});
    const {busy, act} = useAct();
    const button = may('admin') && one.data && html`
        <button type="button" disabled=${busy} onClick=${() => restore(one.data.revision.number, act)}>${t('revision.restore', {number: one.data.revision.number})}</button>`;
    return html`
        <${Heading} title=${t('revision.title', {number: params.number})}>${button}</${Heading}>
        <${Loaded} of=${one} show=${({revision, changes}) => html`
            <${Facts} rows=${[
                [t('revision.when'), dateTime(revision.at)], [t('revision.who'), revision.actor],
                [t('revision.what'), html`<${Said} text=${revision.summary} />`], [t('revision.why'), revision.reason || null],
                [t('revision.phones'), revision.phones], [t('revision.state'), html`<${RevisionState} state=${revision.state} />`],
            ]} />
            <${Panel} title=${t('revision.changes')}>
                <${Listing} caption=${t('revision.changes')} rows=${changes} columns=${COLUMNS()} empty=${t('revision.no-changes')} />
            </${Panel}>`} />
        <p><a href=${href('/revisions')}>${t('revision.all')}</a></p>`;
}
