/*
 * audit: who did what, when; searched, its chain checked, taken away as a file.
 */
import {html, useState, useEffect, useId, useRef} from '/html.js';
import {download, read} from '/api.js';
import {t, tn, word} from '/i18n.js';
import {clock, mac, number} from '/format.js';
import {href, setQuery} from '/router.js';
import {Icon} from '/ui/icon.js';
import {say} from '/ui/toast.js';
import {Heading} from '/ui/shell.js';
import {Failed, Loading, Mark, Said} from '/ui/words.js';
import {Panel} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useOnward} from '/ui/onward.js';
import {later, useAct} from '/ui/act.js';

const REST_MS = 200;

function Subject({text}) {
    return /^[0-9a-f]{12}$/.test(text) ? html`<a href=${href(`/phones/${text}`)}><code>${mac(text)}</code></a>` : html`<span lang="en">${text}</span>`;
}

const COLUMNS = () => [
    {name: t('audit.when'), head: true, whole: true, cell: one => clock(one.at_ms / 1000)},
    {name: t('audit.who'), cell: one => one.actor},
    {name: t('audit.action'), cell: one => html`<span title=${one.action}>${word('action', one.action)}</span>`},
    {name: t('audit.subject'), cell: one => html`<${Subject} text=${one.subject} />`},
    {name: t('audit.detail'), cell: one => html`<${Said} text=${one.detail} />`},
    {name: t('audit.number'), number: true, cell: one => html`<span title=${one.hash}>${number(one.id)}</span>`},
];

function Check() {
    const [result, setResult] = useState(null);
    const {busy, act} = useAct();
    const check = async () => {
        const answer = await act(() => read('/audit/check'));
        if (answer)
            setResult(answer);
    };
    return html`
        <${Panel} title=${t('audit.chain')} hint=${t('audit.chain.why')}
            actions=${html`<button type="button" disabled=${busy} aria-busy=${String(busy)} onClick=${check}><${Icon} name="shield" />${t('audit.check')}</button>`}>
            <div role="status">${result && (result.broken === null || result.broken === undefined
                ? html`<p><${Mark} kind="good" text=${tn('audit.whole', result.entries)} /></p>
                    <p class="hint">${t('audit.head')} <code class="print">${result.head}</code></p>`
                : html`<p><${Mark} kind="bad" text=${t('audit.broken', {id: result.broken})} /></p><p>${t('audit.broken.text')}</p>`)}</div>
        </${Panel}>`;
}

function Search({query}) {
    const id = useId();
    const put = useRef(null);
    put.current ??= later(setQuery, REST_MS);
    useEffect(() => () => put.current.stop(), []);
    const field = (name, label) => html`<div class="field"><label for=${`${id}-${name}`}>${label}</label>
        <input id=${`${id}-${name}`} type="search" maxlength="128" autocomplete="off" defaultValue=${query[name] ?? ''} onInput=${event => put.current.call({[name]: event.target.value.trim()})} /></div>`;
    return html`<form class="inline-form" role="search" aria-label=${t('audit.search')} onSubmit=${event => event.preventDefault()}>${field('text', t('audit.text'))}${field('actor', t('audit.who'))}</form>`;
}

/** The page. */
export default function Audit({query}) {
    const asked = {text: query.text, actor: query.actor};
    const list = useOnward('/audit', asked);
    const {busy, act} = useAct();
    useEffect(() => {
        if (list.entries)
            say(tn('audit.found', list.entries.length));
    }, [list.entries]);
    return html`
        <${Heading} title=${t('nav.audit')} sub=${t('audit.lead')}>
            <button type="button" disabled=${busy} onClick=${() => act(() => download('/audit.csv', asked))}><${Icon} name="download" />${t('audit.export')}</button></${Heading}>
        <${Check} />
        <${Panel} title=${t('audit.entries')}>
            <${Search} query=${query} />
            <${Failed} error=${list.error} retry=${list.reload} />
            ${list.entries ? html`<${Listing} caption=${t('audit.entries')} rows=${list.entries} id=${one => one.id} columns=${COLUMNS()} step=${5000} empty=${t('audit.none')} />`
                : !list.error && html`<${Loading} lines=${8} />`}
            ${list.next && html`<p><button type="button" disabled=${list.busy} onClick=${list.more}>${t('audit.more')}</button></p>`}
        </${Panel}>`;
}
