/*
 * catalogue: what is known of the phones' settings, read once and searched here, so that each keystroke is answered at once.
 *
 *   const book = useCatalogue();        null until it is there
 *   book.find('language')               what is known of it, or null
 *   book.search('ringer', 12)           names first, then purposes and rows
 *
 * Purposes and facts are the appliance's data, in English.
 */
import {useState, useEffect} from '/html.js';
import {read} from '/api.js';

const ALL = 500;
let kept = null;

function makeBook(entries) {
    const byName = new Map(entries.map(entry => [entry.name, entry]));
    const rank = (entry, words) => {
        const all = `${entry.name} ${entry.purpose} ${entry.row}`.toLowerCase();
        if (!words.every(one => all.includes(one)))
            return -1;
        return entry.name === words[0] ? 3 : entry.name.startsWith(words[0]) ? 2 : words.every(one => entry.name.includes(one)) ? 1 : 0;
    };
    return {
        entries,
        find: name => byName.get(name) ?? null,
        search(text, most) {
            const words = text.toLowerCase().split(/\s+/).filter(Boolean);
            if (!words.length)
                return [];
            return entries.map(entry => [rank(entry, words), entry]).filter(([points]) => points >= 0)
                .sort((a, b) => b[0] - a[0]).slice(0, most).map(([, entry]) => entry);
        },
    };
}

async function load() {
    try {
        return makeBook((await read('/catalogue', {limit: ALL})).settings);
    } catch (error) {
        kept = null;
        throw error;
    }
}

/** The catalogue; the page goes on without it when it cannot be read. */
export function useCatalogue() {
    const [book, setBook] = useState(null);
    useEffect(() => {
        let current = true;
        kept ??= load();
        kept.then(found => current && setBook(found), () => current && setBook(makeBook([])));
        return () => {
            current = false;
        };
    }, []);
    return book;
}

/** Whether a setting of this name takes a number: 'no', 'may', 'must'. */
export function takesNumber(entry) {
    if (!entry)
        return 'may';
    return {none: 'no', identity: 'must', key: 'must', either: 'may', item: 'may'}[entry.index] ?? 'may';
}

/** What a value can be, as a list for a choice; null when it is typed. */
export function choices(entry) {
    if (entry?.type === 'switch')
        return ['on', 'off'];
    return entry?.type === 'choice' ? entry.values.split(',') : null;
}
