/*
 * format: times, sizes and addresses as people write them, in the page's language.
 *
 * Times of the API are seconds since 1970 (`_ms`: milliseconds) of the appliance's clock; `now()` is that clock, learnt from answers, so that
 * "3 minutes ago" is right when this computer's clock is not.
 */
import {signal} from '/html.js';
import {locale, t, tn} from '/i18n.js';

let offsetMs = 0;

/** Told by api.js with each answer: the appliance's Date. */
export function learnClock(header) {
    const at = header ? Date.parse(header) : NaN;
    if (!Number.isNaN(at) && Math.abs(at - Date.now() - offsetMs) > 1500)
        offsetMs = at - Date.now();
}

/** The appliance's time in seconds. */
export function now() {
    return (Date.now() + offsetMs) / 1000;
}

/** Moves on every half minute: texts made by ago() follow it by themselves. */
export const tick = signal(0);
setInterval(() => tick.value++, 30000);

function shown(seconds, options) {
    return seconds ? new Intl.DateTimeFormat(locale.value, options).format(new Date(seconds * 1000)) : '–';
}

/** 22.11.2026, 04:24 */
export function dateTime(seconds) {
    return shown(seconds, {dateStyle: 'medium', timeStyle: 'short'});
}

/** 22 Nov 2026 */
export function date(seconds) {
    return shown(seconds, {dateStyle: 'medium'});
}

/** 04:24:07 (and the day, when it is not today) */
export function clock(seconds) {
    const day = new Date(seconds * 1000).toDateString();
    const today = new Date(now() * 1000).toDateString();
    return shown(seconds, day === today ? {timeStyle: 'medium'} : {dateStyle: 'short', timeStyle: 'medium'});
}

const UNITS = [['year', 31557600], ['month', 2629800], ['day', 86400], ['hour', 3600], ['minute', 60]];

/** "3 minutes ago", "in 12 days". */
export function ago(seconds) {
    tick.value;
    if (!seconds)
        return t('core.never');
    const gone = seconds - now();
    const relative = new Intl.RelativeTimeFormat(locale.value, {numeric: 'auto'});
    const [unit, size] = UNITS.find(([, s]) => Math.abs(gone) >= (s > 31e6 ? 2 * s : s)) ?? ['second', 1];
    return unit === 'second' ? t(gone > 5 ? 'core.soon' : 'core.now') : relative.format(Math.trunc(gone / size), unit);
}

/** A length of time: "2 h 5 min". */
export function duration(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60)
        return `${s} s`;
    if (s < 3600)
        return `${Math.floor(s / 60)} min${s % 60 && s < 600 ? ` ${s % 60} s` : ''}`;
    if (s < 86400)
        return `${Math.floor(s / 3600)} h${Math.floor(s % 3600 / 60) ? ` ${Math.floor(s % 3600 / 60)} min` : ''}`;
    return tn('core.days', Math.floor(s / 86400));
}

/** 1,234.5 */
export function number(value, digits = 0) {
    return new Intl.NumberFormat(locale.value, {maximumFractionDigits: digits}).format(value);
}

/** 42 % of a part and a whole; "–" of nothing. */
export function percent(part, whole) {
    return whole ? new Intl.NumberFormat(locale.value, {style: 'percent', maximumFractionDigits: 0}).format(part / whole) : '–';
}

/** 1.5 MiB */
export function bytes(value) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let i = 0;
    while (value >= 1024 && i < units.length - 1) {
        value /= 1024;
        i++;
    }
    return `${number(value, value < 10 && i > 0 ? 1 : 0)} ${units[i]}`;
}

/** 00:04:13:AA:BB:CC of 000413aabbcc; anything else as it is. */
export function mac(text) {
    return /^[0-9a-f]{12}$/.test(text ?? '') ? text.toUpperCase().match(/../g).join(':') : String(text ?? '');
}

/** 12 lower-case hex digits of any spelling, or null. */
export function macRead(text) {
    const digits = String(text).replace(/[\s:.-]/g, '').toLowerCase();
    return /^[0-9a-f]{12}$/.test(digits) ? digits : null;
}
