/*
 * icon: the page's own small pictures, drawn with strokes in the colour of the text beside them.
 *
 *   html`<${Icon} name="phone" />`             decoration: a word stands beside it
 *   html`<${Icon} name="close" label=${t('core.close')} />`   it stands alone: says its name
 */
import {html} from '/html.js';

const PATHS = {
    overview: 'M3 12h5v7H3zM10 5h5v14h-5zM17 9h4v10h-4z',
    phone: 'M4 8h16v12H4zM4 8l3-4h10l3 4M8 12h8M8 16h2M11 16h2M14 16h2',
    waiting: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2',
    settings: 'M4 7h10M18 7h2M4 12h2M10 12h10M4 17h8M16 17h4M14 5v4M6 10v4M12 15v4',
    network: 'M12 3v6M5 21v-5h14v5M12 9v7M9 3h6v6H9z',
    system: 'M4 4h16v7H4zM4 13h16v7H4zM7.5 7.5h.01M7.5 16.5h.01',
    search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20',
    menu: 'M4 6h16M4 12h16M4 18h16',
    close: 'M6 6l12 12M18 6 6 18',
    check: 'M5 12.5 10 17.5 19 7',
    cross: 'M7 7l10 10M17 7 7 17',
    warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.3h.01',
    info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.8h.01',
    right: 'M9 6l6 6-6 6',
    down: 'M6 9l6 6 6-6',
    up: 'M6 15l6-6 6 6',
    download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
    upload: 'M12 16V5M7 9l5-5 5 5M5 20h14',
    plus: 'M12 5v14M5 12h14',
    user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5',
    moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
    sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
    globe: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9s.5-6 3.5-9z',
    out: 'M14 4h5v16h-5M4 12h11M11 8l4 4-4 4',
    refresh: 'M19 8a8 8 0 1 0 1 5M20 4v4.5h-4.5',
    power: 'M12 3v8M6.5 6.5a8 8 0 1 0 11 0',
    lock: 'M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3',
    key: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12.5 19.5 4M16 7.5l3 3',
    eye: 'M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
    more: 'M6 12h.01M12 12h.01M18 12h.01',
    shield: 'M12 3l8 3v6c0 5-3.5 7.5-8 9-4.5-1.5-8-4-8-9V6z',
    copy: 'M8 8h12v12H8zM16 8V4H4v12h4',
    filter: 'M3 5h18l-7 8v6l-4-2v-4z',
    swap: 'M4 8h14l-4-4M20 16H6l4 4',
    trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13',
    pbx: 'M3 5h18v5H3zM3 14h18v5H3zM7 7.5h.01M7 16.5h.01M12 7.5h5M12 16.5h5',
    tunnel: 'M3 18v-4a9 9 0 0 1 18 0v4M7 18v-4a5 5 0 0 1 10 0v4',
};

/** One of the pictures; label: what it says when it stands alone. */
export function Icon({name, label}) {
    return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden=${label ? null : 'true'} role=${label ? 'img' : null} aria-label=${label}>
        <path d=${PATHS[name]} /></svg>`;
}
