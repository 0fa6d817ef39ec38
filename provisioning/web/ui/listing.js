/*
 * listing: a table of up to some hundred rows; on a narrow screen each row becomes a block with its names beside the values.
 * (The table of 10,000 phones is another one: ui/table.js.)
 *
 *   <${Listing} caption=${…} rows=${leases} id=${lease => lease.address} empty=${…} columns=${[
 *       {name: t('network.address'), cell: lease => lease.address, head: true},
 *       {name: t('network.until'), cell: lease => ago(lease.expires_at), sort: lease => lease.expires_at, number: true},
 *   ]} />
 *
 * head: the cell names its row. whole: it stands on one line. sort: the column can be sorted by this value. step: so many rows at once, the others by a button.
 */
import {html, useState, classes} from '/html.js';
import {t} from '/i18n.js';
import {Icon} from '/ui/icon.js';

function compare(a, b) {
    if (typeof a === 'number' && typeof b === 'number')
        return a - b;
    return String(a ?? '').localeCompare(String(b ?? ''), undefined, {numeric: true});
}

function sorted(rows, columns, order) {
    const by = order && columns[order.column]?.sort;
    return by ? [...rows].sort((a, b) => (order.down ? -1 : 1) * compare(by(a), by(b))) : rows;
}

function Heading({column, order, onSort}) {
    if (!column.sort)
        return html`<th scope="col" class=${classes((column.number || column.tight) && 'number')}>${column.name}</th>`;
    return html`
        <th scope="col" class=${classes(column.number && 'number')} aria-sort=${order ? (order.down ? 'descending' : 'ascending') : 'none'}>
            <button type="button" class="sort" onClick=${onSort}>${column.name}${order && html`<${Icon} name=${order.down ? 'down' : 'up'} />`}</button></th>`;
}

/** See above. */
export function Listing({caption, rows, columns, id, empty, step = 200, rowClass}) {
    const [order, setOrder] = useState(null);
    const [shown, setShown] = useState(step);
    if (!rows.length)
        return html`<p class="faint">${empty ?? t('part.nothing')}</p>`;
    const press = i => setOrder(order?.column === i ? {column: i, down: !order.down} : {column: i, down: false});
    return html`
        <div class="listing-box">
            <table class="listing">
                <caption class="spoken">${caption}</caption>
                <thead><tr>${columns.map((column, i) => html`
                    <${Heading} key=${i} column=${column} order=${order?.column === i ? order : null} onSort=${() => press(i)} />`)}</tr></thead>
                <tbody>${sorted(rows, columns, order).slice(0, shown).map((row, n) => html`
                    <tr key=${id ? id(row) : n} class=${rowClass?.(row)}>${columns.map((column, i) => column.head
                        ? html`<th key=${i} scope="row" data-name=${column.name} class=${classes(column.whole && 'whole')}><div>${column.cell(row)}</div></th>`
                        : html`<td key=${i} data-name=${column.name} class=${classes(column.number && 'number', column.tight && 'tight', column.whole && 'whole')}><div>${column.cell(row)}</div></td>`)}</tr>`)}
                </tbody>
            </table>
        </div>
        ${rows.length > shown && html`<p><button type="button" onClick=${() => setShown(shown + step)}>${t('part.more', {n: rows.length - shown})}</button></p>`}`;
}
