/*
 * receipt: what was done when a phone was put out, line by line, each tried and with its time; it prints.
 *
 *   html`<${Receipt} receipt=${receipt} />`
 *   showReceipt(receipt, t('phone.revoked'))       in a dialog
 *
 * Needs the messages 'words'.
 */
import {html} from '/html.js';
import {t, word} from '/i18n.js';
import {dateTime, clock, mac as shownMac} from '/format.js';
import {Dialog, openDialog} from '/ui/dialog.js';
import {Mark, Shape} from '/ui/words.js';
import {Icon} from '/ui/icon.js';

/** See above. */
export function Receipt({receipt}) {
    const whole = receipt.lines.every(line => line.ok);
    return html`
        <article class="receipt">
            <header><div><b class="mono">${shownMac(receipt.mac)}</b> · ${word('cause', receipt.cause)} · ${dateTime(receipt.at)} · ${receipt.actor}</div>
                <${Mark} kind=${whole ? 'good' : 'bad'} text=${t(whole ? 'receipt.whole' : 'receipt.not-whole')} /></header>
            <ol>${receipt.lines.map((line, i) => html`
                <li key=${i}><${Shape} name=${line.ok ? 'good' : 'bad'} /><span class="spoken">${t(line.ok ? 'receipt.ok' : 'receipt.not-ok')}</span>
                    <time>${clock(line.at_ms / 1000)}</time><span lang="en">${line.text}</span></li>`)}</ol>
            ${receipt.todo.length > 0 && html`<p><b>${t('receipt.todo')}</b></p><ul lang="en">${receipt.todo.map(one => html`<li key=${one}>${one}</li>`)}</ul>`}
        </article>`;
}

/** See above. */
export function showReceipt(receipt, title) {
    return openDialog(close => html`
        <${Dialog} title=${title} onClose=${close} className="receipt-dialog">
            <div class="dialog-body"><${Receipt} receipt=${receipt} /></div>
            <footer><button onClick=${() => window.print()}><${Icon} name="download" /> ${t('receipt.print')}</button><button class="primary" onClick=${() => close()}>${t('core.close')}</button></footer>
        </${Dialog}>`);
}
