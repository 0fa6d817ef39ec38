/*
 * i18n: every sentence of the page, in English and German.
 *
 * Messages are files messages/LANGUAGE/NAME.js: `export default {'phones.title': 'Phones', …}`, one key a line, the same keys in
 * each language (tests/browser counts what is missing). A route names the files it needs (routes.js); 'core' is always there.
 *
 *   t('phones.found', {n: 12})        a sentence; {n} is replaced; numbers are written as the language writes them
 *   tn('phones.count', 12, {…})       the same by number: keys phones.count.one and phones.count.other, {n} is the number
 *   rich('door.read', {link: html`<a…>`})   the same with elements in it; gives a list for a template
 *   word('alarm', 'rogue-dhcp')       a word of the stations: the message alarm.rogue-dhcp, or the word itself when there is none
 *   locale.value                      the same with the country, for Intl
 *   language.value                    'en' or 'de', a signal; setLanguage('de') loads and switches
 *
 * Not: sentences that stations say (reasons, details) are data and shown as they are, in English: <span lang="en">.
 */
import {computed, signal} from '/html.js';

export const LANGUAGES = [['en', 'English'], ['de', 'Deutsch']];

const book = signal({});
const loaded = new Set();
export const language = signal(pick());

/** The language as this person's country writes dates and numbers: 'en-GB' of a browser that says so. */
export const locale = computed(() => (navigator.languages ?? []).find(tag => tag.toLowerCase().startsWith(`${language.value}-`)) ?? language.value);

function pick() {
    let kept = null;
    try {
        kept = localStorage.getItem('language');
    } catch { /* not kept */ }
    for (const wish of [kept, ...(navigator.languages ?? [])]) {
        const short = String(wish ?? '').slice(0, 2).toLowerCase();
        if (LANGUAGES.some(([code]) => code === short))
            return short;
    }
    return 'en';
}

async function fetchBook(code, names) {
    const parts = await Promise.all(names.map(name => import(`/messages/${code}/${name}.js`)));
    return Object.assign({}, ...parts.map(part => part.default));
}

/** Loads the messages of these names for the present language; what is there already is not loaded again. */
export async function loadMessages(names) {
    const fresh = names.filter(name => !loaded.has(name));
    if (!fresh.length)
        return;
    const more = await fetchBook(language.value, fresh);
    fresh.forEach(name => loaded.add(name));
    book.value = {...book.value, ...more};
}

/** Switches the language of the whole page, and keeps the choice in this browser. */
export async function setLanguage(code) {
    book.value = await fetchBook(code, [...loaded]);
    language.value = code;
    document.documentElement.lang = code;
    try {
        localStorage.setItem('language', code);
    } catch { /* not kept */ }
}

document.documentElement.lang = language.value;

function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
        const value = values?.[name];
        return value === undefined || value === null ? whole : typeof value === 'number' ? number(value) : String(value);
    });
}

function number(value) {
    return new Intl.NumberFormat(locale.value, {maximumFractionDigits: 1}).format(value);
}

function find(key) {
    const text = book.value[key];
    if (text === undefined)
        console.error(`no message ${key} in ${language.value}`);
    return text ?? key;
}

/** The sentence of this key, with {names} replaced. */
export function t(key, values) {
    return fill(find(key), values);
}

/** The sentence for this number: KEY.one or KEY.other. */
export function tn(key, n, values) {
    const form = new Intl.PluralRules(language.value).select(n) === 'one' ? 'one' : 'other';
    return fill(find(`${key}.${form}`), {n, ...values});
}

/** As t(), but values may be elements: a list of texts and elements. */
export function rich(key, values) {
    return find(key).split(/(\{\w+\})/).map(part => {
        const name = /^\{(\w+)\}$/.exec(part)?.[1];
        return name && values[name] !== undefined ? values[name] : part;
    });
}

/** Is there a message of this key? */
export function has(key) {
    return book.value[key] !== undefined;
}

/** A word that stations use, in the page's language; the word itself when the page does not know it. */
export function word(group, name) {
    const text = book.value[`${group}.${name}`];
    return text ?? String(name ?? '');
}
