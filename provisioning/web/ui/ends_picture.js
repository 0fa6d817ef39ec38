/*
 * ends_picture: when certificates end, drawn: a line for each of ours, and how many phones' end in which month.
 *
 *   html`<${EndsPicture} ends=${data.ends} now=${data.now} name=${one => …} />`
 *
 * The scale is by the square root of the days, so that the next month is as wide as the year after it. Everything drawn stands in the list
 * beneath it too; the picture says its sum to a screen reader.
 */
import {html} from '/html.js';
import {t, tn} from '/i18n.js';
import {ago, date} from '/format.js';

const WIDTH = 1000;
const LEFT = 220;
const RIGHT = 45;
const ROW = 30;
const BARS = 80;
const DAY = 86400;
const MOST_DAYS = 730;
const TICKS = [3, 30, 90, 180, 365, 730];
const BINS = 24;

function x(days) {
    const share = Math.sqrt(Math.min(MOST_DAYS, Math.max(0, days)) / MOST_DAYS);
    return LEFT + share * (WIDTH - LEFT - RIGHT);
}

/* Phones by where their end lies on the scale: [{from, to, count, soon}]. */
function bins(phones, now) {
    const list = Array.from({length: BINS}, (_, i) => ({from: (i / BINS) ** 2 * MOST_DAYS, to: ((i + 1) / BINS) ** 2 * MOST_DAYS, count: 0}));
    for (const phone of phones) {
        const days = Math.max(0, (phone.not_after - now) / DAY);
        list[Math.min(BINS - 1, Math.floor(Math.sqrt(days / MOST_DAYS) * BINS))].count++;
    }
    return list;
}

function Own({one, y, now, name}) {
    const days = (one.not_after - now) / DAY;
    const to = x(days);
    const further = days > MOST_DAYS;
    return html`
        <g class=${`own ${one.state}`}>
            <title>${`${name(one)}: ${date(one.not_after)} (${ago(one.not_after)})`}</title>
            <text class="label" x="0" y=${y + 5}>${name(one)}</text>
            <line x1=${LEFT} x2=${to} y1=${y} y2=${y} />
            ${further ? html`<path d=${`M${to - 9} ${y - 7}l9 7-9 7`} />` : html`<circle cx=${to} cy=${y} r="7" />`}
        </g>`;
}

function Phones({list, top}) {
    const most = Math.max(1, ...list.map(bin => bin.count));
    return html`
        <g class="phones">
            <text class="label" x="0" y=${top + BARS - 4}>${t('ends.phones')}</text>
            ${list.filter(bin => bin.count).map(bin => {
                const height = Math.max(4, bin.count / most * (BARS - 16));
                const from = x(bin.from);
                return html`<g key=${bin.from}><title>${tn('ends.bin', bin.count, {from: Math.round(bin.from), to: Math.round(bin.to)})}</title>
                    <rect class=${bin.to <= 3.1 ? 'ended' : bin.to <= 31 ? 'soon' : 'good'} x=${from + 1} width=${Math.max(3, x(bin.to) - from - 2)} y=${top + BARS - height} height=${height} />
                    <text class="count" x=${(from + x(bin.to)) / 2} y=${top + BARS - height - 4}>${bin.count}</text></g>`;
            })}
        </g>`;
}

/** See above. */
export function EndsPicture({ends, now, name}) {
    const own = ends.filter(one => one.kind === 'own');
    const phones = ends.filter(one => one.kind !== 'own');
    const top = 26 + own.length * ROW;
    const height = top + (phones.length ? BARS + 6 : 0);
    const summary = t('ends.summary', {own: own.length, phones: phones.length, first: ends.length ? `${name(ends[0])}, ${date(ends[0].not_after)}` : '–'});
    return html`
        <div class="scroll" tabindex="0" role="group" aria-label=${t('ends.picture')}>
            <svg class="ends-picture" viewBox=${`0 0 ${WIDTH} ${height}`} role="img" aria-label=${summary}>
                <rect class="near" x=${LEFT} y="18" width=${x(30) - LEFT} height=${height - 18} />
                ${TICKS.map(days => html`<g key=${days} class="tick"><line x1=${x(days)} x2=${x(days)} y1="18" y2=${height} /><text x=${x(days)} y="12">${days < 365 ? tn('core.days', days) : tn('ends.years', days / 365)}</text></g>`)}
                <line class="today" x1=${LEFT} x2=${LEFT} y1="18" y2=${height} /><text class="today" x=${LEFT - 6} y="12">${t('ends.today')}</text>
                ${own.map((one, i) => html`<${Own} key=${one.subject} one=${one} y=${36 + i * ROW} now=${now} name=${name} />`)}
                ${phones.length > 0 && html`<${Phones} list=${bins(phones, now)} top=${top} />`}
            </svg>
        </div>`;
}
