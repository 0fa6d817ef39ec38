/*
 * words: the page's messages, so that tests find things by what people read, in either language.
 *
 *   const w = await words('de');
 *   w('nav.phones')                       Telefone
 *   w('phones.count.other', {n: 12})      with its places filled; a place without a value fits anything: a regular expression then
 *   labelled(page, w, 'phone.name')       the control with this label, whether it says "(optional)" or not
 */
import fs from 'node:fs';

const WEB = process.env.PROVOST_WEB;

function escape(text) {
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

export async function words(language) {
    const book = {};
    for (const name of fs.readdirSync(`${WEB}/messages/${language}`))
        if (name.endsWith('.js'))
            Object.assign(book, (await import(`${WEB}/messages/${language}/${name}`)).default);
    return (key, values = {}) => {
        if (!(key in book))
            throw new Error(`the page has no message ${key}`);
        const filled = book[key].replace(/\{(\w+)\}/g, (whole, name) => name in values ? String(values[name]) : whole);
        return /\{\w+\}/.test(filled) ? new RegExp(`^${filled.split(/\{\w+\}/).map(escape).join('.*')}$`) : filled;
    };
}

/** The control with this label. */
export function labelled(page, w, key) {
    return page.getByLabel(new RegExp(`^\\s*${escape(w(key))}\\s*(${escape(w('form.optional'))})?\\s*$`)).first();
}
