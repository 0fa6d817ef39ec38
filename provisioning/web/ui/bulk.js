/*
 * bulk: one action on many phones, with what came of each.
 *
 *   const results = await bulk('approve', macs);                   POST /phones/bulk, in parts of 500
 *   await bulkWithNews('approve', macs, {reason}, names);          the same, and says what came of it: a toast, or a dialog with those that failed
 *
 * Needs the messages 'words'.
 */
import {html} from '/html.js';
import {t, tn} from '/i18n.js';
import {send} from '/api.js';
import {mac as shownMac} from '/format.js';
import {Dialog, openDialog} from '/ui/dialog.js';
import {toast} from '/ui/toast.js';
import {Mark} from '/ui/words.js';

const MOST = 500;

/** [{mac, status, detail}] */
export async function bulk(action, macs, more = {}) {
    const results = [];
    for (let i = 0; i < macs.length; i += MOST)
        results.push(...(await send('POST', '/phones/bulk', {action, macs: macs.slice(i, i + MOST), ...more})).body.results);
    return results;
}

/** See above; resolves with the results. */
export async function bulkWithNews(action, macs, more) {
    const results = await bulk(action, macs, more);
    const failed = results.filter(one => one.status >= 300);
    const done = results.length - failed.length;
    if (!failed.length)
        toast(tn('bulk.done', done));
    else
        openDialog(close => html`<${Results} failed=${failed} done=${done} close=${close} />`);
    return results;
}

function Results({failed, done, close}) {
    return html`
        <${Dialog} title=${t('bulk.title')} onClose=${close}>
            <div class="dialog-body">
                ${done > 0 && html`<p><${Mark} kind="good" text=${tn('bulk.done', done)} /></p>`}
                <p><${Mark} kind="bad" text=${tn('bulk.failed', failed.length)} /></p>
                <ul class="bulk-results">${failed.map(one => html`<li key=${one.mac}><a href=${`#/phones/${one.mac}`} onClick=${() => close()}><b class="mono">${shownMac(one.mac)}</b></a> <span lang="en">${one.detail}</span></li>`)}</ul>
            </div>
            <footer><button class="primary" onClick=${() => close()}>${t('core.close')}</button></footer>
        </${Dialog}>`;
}
