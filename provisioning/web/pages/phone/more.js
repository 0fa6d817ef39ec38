/*
 * phone/more: the tabs that are one resource each: evidence and receipts.
 */
import {html} from '/html.js';
import {t} from '/i18n.js';
import {useResource} from '/resource.js';
import {Evidence} from '/ui/evidence.js';
import {Receipt} from '/ui/receipt.js';
import {Empty, Failed, Loading} from '/ui/words.js';

/** What is known of it. */
export function EvidenceTab({mac}) {
    const evidence = useResource(`/phones/${mac}/evidence`, {on: ['phone'], key: mac});
    if (!evidence.data)
        return evidence.error ? html`<${Failed} error=${evidence.error} retry=${evidence.reload} />` : html`<${Loading} lines=${6} />`;
    return html`<section class="card"><h2 class="spoken">${t('phone.tab.evidence')}</h2><${Evidence} of=${evidence.data} /></section>`;
}

/** What was done when it was put out. quiet: nothing when there are none. */
export function Receipts({mac, quiet}) {
    const receipts = useResource(`/phones/${mac}/receipts`, {on: ['phone'], key: mac});
    if (!receipts.data)
        return quiet ? null : receipts.error ? html`<${Failed} error=${receipts.error} retry=${receipts.reload} />` : html`<${Loading} />`;
    const list = receipts.data.receipts;
    return list.length ? html`<div class="stack">${list.map(one => html`<section class="card" key=${one.id}><${Receipt} receipt=${one} /></section>`)}</div>`
        : quiet ? null : html`<div class="card"><${Empty} title=${t('phone.receipts.none')} text=${t('phone.receipts.none.text')} /></div>`;
}
