/*
 * logs: the appliance's journal, newest first, by station, urgency and word.
 */
import {html, useState, useEffect, useId, useRef} from '/html.js';
import {t, tn} from '/i18n.js';
import {clock} from '/format.js';
import {setQuery} from '/router.js';
import {useResource} from '/resource.js';
import {Icon} from '/ui/icon.js';
import {say} from '/ui/toast.js';
import {Heading} from '/ui/shell.js';
import {Failed, Loading, Mark, Said} from '/ui/words.js';
import {Panel} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useOnward} from '/ui/onward.js';
import {later} from '/ui/act.js';

const REST_MS = 250;
const LIVE_S = 5;
const PRIORITIES = [3, 4, 6];

function kind(priority) {
    return priority <= 3 ? 'bad' : priority === 4 ? 'warn' : priority === 5 ? 'info' : 'off';
}

const COLUMNS = () => [
    {name: t('logs.when'), head: true, whole: true, cell: one => clock(one.at_ms / 1000)},
    {name: t('logs.unit'), whole: true, cell: one => html`<code>${one.unit}</code>`},
    {name: t('logs.priority'), whole: true, cell: one => html`<${Mark} kind=${kind(one.priority)} text=${t(`logs.priority.${one.priority}`)} />`},
    {name: t('logs.text'), cell: one => html`<code class="log"><${Said} text=${one.text} /></code>`},
];

function Filters({query, follow, onFollow}) {
    const id = useId();
    const system = useResource('/system');
    const put = useRef(null);
    put.current ??= later(setQuery, REST_MS);
    useEffect(() => () => put.current.stop(), []);
    const units = system.data?.facts.units.map(unit => unit.name) ?? (query.unit ? [query.unit] : []);
    return html`
        <form class="inline-form" role="search" aria-label=${t('logs.search')} onSubmit=${event => event.preventDefault()}>
            <div class="field"><label for=${`${id}-t`}>${t('logs.word')}</label>
                <input id=${`${id}-t`} type="search" maxlength="128" autocomplete="off" defaultValue=${query.text ?? ''} onInput=${event => put.current.call({text: event.target.value.trim()})} /></div>
            <div class="field"><label for=${`${id}-u`}>${t('logs.unit')}</label>
                <select id=${`${id}-u`} onChange=${event => setQuery({unit: event.target.value})}><option value="">${t('logs.all')}</option>
                    ${units.map(unit => html`<option key=${unit} value=${unit} selected=${unit === query.unit}>${unit}</option>`)}</select></div>
            <div class="field"><label for=${`${id}-p`}>${t('logs.priority')}</label>
                <select id=${`${id}-p`} onChange=${event => setQuery({priority: event.target.value})}><option value="">${t('logs.any')}</option>
                    ${PRIORITIES.map(one => html`<option key=${one} value=${one} selected=${String(one) === query.priority}>${t('logs.at-least', {priority: t(`logs.priority.${one}`)})}</option>`)}</select></div>
            <label class="follow"><input type="checkbox" checked=${follow} onChange=${event => onFollow(event.target.checked)} /> ${t('logs.follow')}</label>
        </form>`;
}

/** The page. */
export default function Logs({query}) {
    const [follow, setFollow] = useState(false);
    const list = useOnward('/logs', {unit: query.unit, priority: query.priority, text: query.text}, {follow_s: follow ? LIVE_S : 0});
    useEffect(() => {
        if (list.entries && !follow)
            say(tn('logs.found', list.entries.length));
    }, [list.entries]);
    return html`
        <${Heading} title=${t('nav.logs')} sub=${t('logs.lead')}>
            <button type="button" onClick=${list.reload}><${Icon} name="refresh" />${t('logs.again')}</button></${Heading}>
        <${Panel} title=${t('logs.entries')}>
            <${Filters} query=${query} follow=${follow} onFollow=${setFollow} />
            <${Failed} error=${list.error} retry=${list.reload} />
            ${list.entries ? html`<${Listing} caption=${t('logs.entries')} rows=${list.entries} columns=${COLUMNS()} step=${5000} empty=${t('logs.none')} />`
                : !list.error && html`<${Loading} lines=${8} />`}
            ${list.next && !follow && html`<p><button type="button" disabled=${list.busy} onClick=${list.more}>${t('logs.more')}</button></p>`}
        </${Panel}>`;
}
