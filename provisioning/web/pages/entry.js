/*
 * entry: who may come in without being asked for: the enrolment window, and the sources that phones may ever be told.
 */
import {html, useState, useId} from '/html.js';
import {send} from '/api.js';
import {t, tn} from '/i18n.js';
import {ago, dateTime, mac, now} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Mark} from '/ui/words.js';
import {Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useAct} from '/ui/act.js';

const MINUTE = 60;

function LetIn({list}) {
    return list.length > 0 && html`
        <h3>${t('entry.let-in')}</h3>
        <ul class="plain-list">${list.map(one => html`<li key=${one}><a href=${href(`/phones/${one}`)}><code>${mac(one)}</code></a></li>`)}</ul>`;
}

function OpenForm({act, busy, onDone}) {
    const id = useId();
    const [minutes, setMinutes] = useState(10);
    const [phones, setPhones] = useState(1);
    const submit = async event => {
        event.preventDefault();
        if (await act(() => send('PUT', '/enrolment', {seconds: minutes * MINUTE, phones}), t('entry.opened')))
            onDone();
    };
    return html`
        <form class="inline-form" onSubmit=${submit}>
            <div class="field narrow"><label for=${`${id}-m`}>${t('entry.minutes')}</label>
                <input id=${`${id}-m`} type="number" min="1" max="1440" required value=${minutes} onInput=${event => setMinutes(Number(event.target.value))} /></div>
            <div class="field narrow"><label for=${`${id}-p`}>${t('entry.phones')}</label>
                <input id=${`${id}-p`} type="number" min="1" max="10000" required value=${phones} onInput=${event => setPhones(Number(event.target.value))} /></div>
            <button class="primary" disabled=${busy}>${t('entry.open')}</button>
        </form>`;
}

function Window() {
    const window = useResource('/enrolment', {on: ['phone', 'site'], every: 10});
    const {busy, act} = useAct();
    const close = async () => {
        if (await act(() => send('PUT', '/enrolment', {seconds: 0}), t('entry.closed')))
            window.reload();
    };
    return html`
        <${Panel} title=${t('entry.window')} hint=${t('entry.window.why')}>
            <${Loaded} of=${window} show=${one => {
                const open = one.open_until && one.open_until > now();
                return html`
                    <p><${Mark} kind=${open ? 'warn' : 'good'} text=${open ? t('entry.is-open', {until: dateTime(one.open_until), when: ago(one.open_until)}) : t('entry.is-closed')} /></p>
                    ${open && html`<p>${tn('entry.left', one.phones_left)}</p>`}
                    <${Notice} kind="warn"><p>${t('entry.watch')}</p></${Notice}>
                    ${may('helpdesk') && (open ? html`<p><button type="button" class="danger" disabled=${busy} onClick=${close}>${t('entry.close')}</button></p>`
                        : html`<${OpenForm} act=${act} busy=${busy} onDone=${window.reload} />`)}
                    <${LetIn} list=${one.let_in} />`;
            }} />
        </${Panel}>`;
}

async function addSource(act, reload) {
    const given = await ask({
        title: t('entry.source.new'), action: t('entry.source.trust'), text: t('entry.source.new.text'),
        fields: [
            {name: 'name', label: t('entry.source.name'), required: true, max: 63},
            {name: 'url', label: 'URL', why: t('entry.source.url.why'), type: 'url', required: true, max: 255, value: 'https://'},
        ],
    });
    if (given && await act(() => send('PUT', `/sources/${encodeURIComponent(given.name.trim())}`, {url: given.url.trim()}), t('entry.source.added')))
        reload();
}

async function dropSource(one, act, reload) {
    if (await ask({title: t('entry.source.drop', {name: one.name}), text: t('entry.source.drop.text'), action: t('entry.source.drop.do'), danger: true})
        && await act(() => send('DELETE', `/sources/${encodeURIComponent(one.name)}`), t('entry.source.dropped')))
        reload();
}

function Sources() {
    const sources = useResource('/sources', {on: ['sources', 'site']});
    const {busy, act} = useAct();
    return html`
        <${Panel} title=${t('entry.sources')} hint=${t('entry.sources.why')}
            actions=${may('admin') && html`<button type="button" onClick=${() => addSource(act, sources.reload)}><${Icon} name="plus" />${t('entry.source.new')}</button>`}>
            <${Loaded} of=${sources} show=${data => html`<${Listing} caption=${t('entry.sources')} rows=${data.sources} id=${one => one.name} columns=${[
                {name: t('entry.source.name'), head: true, cell: one => one.name},
                {name: 'URL', cell: one => html`<code class="long">${one.url}</code>`},
                {name: t('entry.source.kind'), cell: one => one.builtin ? t('entry.source.builtin') : t('entry.source.own')},
                may('admin') && {name: t('part.do'), tight: true, cell: one => !one.builtin && html`
                    <button type="button" class="plain small" disabled=${busy} onClick=${() => dropSource(one, act, sources.reload)}>
                        <${Icon} name="trash" label=${t('entry.source.drop', {name: one.name})} /></button>`},
            ].filter(Boolean)} />`} />
        </${Panel}>`;
}

/** The page. */
export default function Entry() {
    return html`
        <${Heading} title=${t('nav.entry')} sub=${t('entry.lead')}>
            <a class="button" href=${href('/site', {group: 'trust'})}>${t('entry.rules')}</a></${Heading}>
        <${Window} />
        <${Sources} />`;
}
