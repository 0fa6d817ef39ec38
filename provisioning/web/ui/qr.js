/*
 * qr: a QR code of rows of 0 and 1, as the API gives them.
 *
 *   html`<${Qr} rows=${answer.qr} label=${t('door.qr')} />`
 *
 * Always black on white with its quiet border: cameras want it so, whatever the page's colours are.
 */
import {html} from '/html.js';

/** See above. */
export function Qr({rows, label}) {
    const size = rows.length + 8;
    const path = rows.map((row, y) => [...row].map((bit, x) => bit === '1' ? `M${x + 4} ${y + 4}h1v1h-1z` : '').join('')).join('');
    return html`<svg class="qr" viewBox=${`0 0 ${size} ${size}`} role="img" aria-label=${label} shape-rendering="crispEdges">
        <rect width=${size} height=${size} class="paper" /><path d=${path} class="ink" /></svg>`;
}
