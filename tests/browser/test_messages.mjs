/*
 * test_messages: what can be seen of the page's words and files without an appliance.
 *
 * Not: whether a sentence is good.
 */
import fs from 'node:fs';
import path from 'node:path';
import crypto from 'node:crypto';
import {test, must} from './lib/test.mjs';

const WEB = process.env.PROVOST_WEB;
const LANGUAGES = ['en', 'de'];
const {ROUTES, SECTIONS} = await import(`${WEB}/routes.js`);

const files = language => fs.readdirSync(`${WEB}/messages/${language}`).filter(name => name.endsWith('.js')).sort();
const book = async (language, name) => (await import(`${WEB}/messages/${language}/${name}`)).default;
const sources = fs.readdirSync(WEB, {recursive: true}).map(name => String(name)).filter(name => name.endsWith('.js') && !/^(vendor|messages)\//.test(name));

test('both languages have the same messages', async () => {
    must(JSON.stringify(files('en')) === JSON.stringify(files('de')), () => `en has ${files('en')}, de has ${files('de')}`);
    const missing = [];
    let count = 0;
    for (const name of files('en')) {
        const [english, german] = [await book('en', name), await book('de', name)];
        count += Object.keys(english).length;
        for (const [here, there, word] of [[english, german, 'de'], [german, english, 'en']])
            missing.push(...Object.keys(here).filter(key => !(key in there)).map(key => `${word}/${name} has no ${key}`));
    }
    must(!missing.length, () => `${missing.length} missing: ${missing.slice(0, 20).join('; ')}`);
    return `${count} messages, 0 missing`;
});

test('no message is empty, and both languages fill the same places', async () => {
    const wrong = [];
    for (const name of files('en')) {
        const [english, german] = [await book('en', name), await book('de', name)];
        for (const [key, text] of Object.entries(english)) {
            const places = words => [...words.matchAll(/\{(\w+)\}/g)].map(match => match[1]).filter(place => place !== 'n').sort().join();
            if (!text.trim() || !german[key]?.trim())
                wrong.push(`${name} ${key} is empty`);
            else if (places(text) !== places(german[key]))
                wrong.push(`${name} ${key}: {${places(text)}} and {${places(german[key])}}`);
        }
    }
    must(!wrong.length, () => wrong.slice(0, 20).join('; '));
});

test('every message that the page names is there', async () => {
    const all = Object.assign({}, ...await Promise.all(files('en').map(name => book('en', name))));
    const wrong = [];
    for (const name of sources) {
        const text = fs.readFileSync(path.join(WEB, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
        for (const [, key] of text.matchAll(/\b(?:t|rich)\('([^'$]+)'/g))
            if (!(key in all))
                wrong.push(`${name}: ${key}`);
        for (const [, key] of text.matchAll(/\btn\('([^'$]+)'/g))
            for (const form of ['one', 'other'])
                if (!(`${key}.${form}` in all))
                    wrong.push(`${name}: ${key}.${form}`);
    }
    for (const {title} of [...ROUTES, ...SECTIONS])
        if (!(title in all))
            wrong.push(`routes.js: ${title}`);
    must(!wrong.length, () => `${wrong.length} missing: ${wrong.slice(0, 20).join('; ')}`);
});

test('every route has its page and its messages', () => {
    const wrong = ROUTES.flatMap(({page, messages}) => [`pages/${page}.js`, ...messages.map(name => `messages/en/${name}.js`)])
        .filter(name => !fs.existsSync(`${WEB}/${name}`));
    must(!wrong.length, () => [...new Set(wrong)].join(', '));
});

test('what is preloaded is there', () => {
    const text = fs.readFileSync(`${WEB}/index.html`, 'utf8');
    const wrong = [...text.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(match => match[1]).filter(name => !fs.existsSync(WEB + name));
    must(!wrong.length, () => wrong.join(', '));
});

test('a text is never taken as elements', () => {
    const wrong = sources.filter(name => /dangerouslySetInnerHTML|\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function\(/.test(
        fs.readFileSync(path.join(WEB, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')));
    must(!wrong.length, () => wrong.join(', '));
});

test('what the page reckons of a file is its SHA-256, in whatever pieces it is read', async () => {
    const {Sha256} = await import(`${WEB}/ui/sha256.js`);
    const lengths = [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 121, 128, 4095, 100003];
    for (const length of lengths)
        for (const step of [1, 7, 64, 65, 5000]) {
            const bytes = crypto.createHash('shake256', {outputLength: length || 1}).update(`${length}`).digest().subarray(0, length);
            const hash = new Sha256();
            for (let at = 0; at < length; at += step)
                hash.add(bytes.subarray(at, at + step));
            const [found, wanted] = [hash.hex(), crypto.createHash('sha256').update(bytes).digest('hex')];
            must(found === wanted, () => `of ${length} bytes in pieces of ${step}: ${found}, not ${wanted}`);
        }
    return `${lengths.length} lengths`;
});
