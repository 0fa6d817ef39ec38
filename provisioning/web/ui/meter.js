/*
 * meter: a part of a whole, as a bar and as words; and a bar of several parts.
 *
 *   html`<${Meter} label=${t('score')} part=${17} whole=${20} kind="good" />`         kind: good | warn | bad | info; by the share when left out
 *        mark: where it has to come to
 *   html`<${Progress} label part whole text=${…} />`                                 something that goes on (a roll-out); part null: nobody knows how far
 *   html`<${Bar} label parts=${[{name: 'current', label, count, href}]} />`           phones by state: an SVG, with a legend that says it in words
 */
import {html, useId} from '/html.js';
import {number, percent} from '/format.js';
import {Shape} from '/ui/words.js';

/** How much of the whole. */
export function Meter({label, part, whole, kind, text, mark}) {
    const share = whole ? part / whole : 0;
    const look = kind ?? (share >= 0.9 ? 'good' : share >= 0.7 ? 'warn' : 'bad');
    return html`
        <div class=${`meter ${look}`} role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax=${whole} aria-valuenow=${part}
            aria-valuetext=${text ?? `${number(part)} / ${number(whole)}`}>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6" /><rect class="part" width=${share * 100} height="6" />
                ${mark > 0 && mark < whole && html`<rect class="mark" x=${mark / whole * 100 - 0.4} width="0.8" height="6" />`}</svg>
        </div>`;
}

/** How far something is. */
export function Progress({label, part, whole, text}) {
    const id = useId();
    return html`
        <div class="progress">
            <p id=${id}><span>${label}</span><span>${text ?? (part === null ? '' : percent(part, whole))}</span></p>
            ${part === null ? html`<progress key="some" aria-labelledby=${id}></progress>` : html`<progress key="far" aria-labelledby=${id} max=${whole || 1} value=${part}></progress>`}
        </div>`;
}

/** Parts of a whole, each with its colour, shape, word and number. */
export function Bar({label, parts}) {
    const total = parts.reduce((sum, part) => sum + part.count, 0);
    let x = 0;
    return html`
        <figure class="bar">
            <svg viewBox="0 0 1000 28" preserveAspectRatio="none" role="img" aria-label=${`${label}: ${parts.filter(part => part.count).map(part => `${part.label} ${part.count}`).join(', ')}`}>
                <rect class="track" width="1000" height="28" />
                ${parts.filter(part => part.count).map(part => {
                    const width = Math.max(4, part.count / total * 1000);
                    const from = x;
                    x += part.count / total * 1000;
                    return html`<rect key=${part.name} class=${`part ${part.name}`} x=${from} width=${Math.max(1, width - 2)} height="28" />`;
                })}
            </svg>
            <ul class="legend">${parts.map(part => html`
                <li key=${part.name} class=${part.count ? '' : 'none'}><a href=${part.href}><${Shape} name=${part.name} /><span>${part.label}</span><b>${number(part.count)}</b></a></li>`)}</ul>
        </figure>`;
}
