/*
 * api: how the page talks to the appliance. docs/api.md is the contract.
 *
 *   const phone = await read('/phones/000413aabbcc');              GET; the body
 *   const {body, etag} = await request('GET', '/phones/…');        the same with its ETag
 *   await send('PATCH', '/phones/…', {name: 'Desk 4'}, {etag});    a write: own header, JSON, If-Match
 *   await download('/phones.csv', {state: 'waiting'});             a file for the person's disk
 *
 * Failures are thrown as Problem: status, code, field, message (a sentence for the person), current (412: what is there now).
 * Three are settled here, with everything that was typed left where it is:
 *   401  the sign-in comes up as a dialog over the page; when the person is back in, the request is sent again
 *   403 confirm  password and code are asked for, then the request is sent again; Problem 'cancelled' when they are not given
 *   no answer    reads are tried once more after a second
 */
import {signal} from '/html.js';
import {learnClock} from '/format.js';
import {t, has} from '/i18n.js';

const BASE = '/api/v1';

/** What waits for a sign-in or a confirmation: {promise, resolve, reject} or null each. */
export const door = signal({signIn: null, confirm: null});
/** False while the appliance does not answer. */
export const reachable = signal(true);

export class Problem extends Error {
    constructor(status, body = {}) {
        super(sentence(status, body));
        this.status = status;
        this.code = body.code ?? '';
        this.field = body.field ?? null;
        this.current = body.current ?? null;
        this.version = body.version ?? null;
        this.retryAfter = body.retryAfter ?? null;
    }
}

/* What the person reads: our own words for what happens often, else what the appliance says. */
function sentence(status, body) {
    const key = `problem.${body.code}`;
    if (body.code && has(key))
        return t(key, {detail: body.detail ?? '', seconds: body.retryAfter ?? ''});
    return body.detail || (has(`problem.${status}`) ? t(`problem.${status}`, {seconds: body.retryAfter ?? ''}) : t('problem.other', {status}));
}

function url(path, query) {
    const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
    const text = new URLSearchParams(pairs.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)])).toString();
    return BASE + path + (text ? `?${text}` : '');
}

async function once(method, path, {query, body, etag, signal: abort} = {}) {
    const headers = {Accept: 'application/json, application/problem+json'};
    if (method !== 'GET')
        headers['X-Provost-Request'] = '1';
    if (body !== undefined)
        headers['Content-Type'] = 'application/json';
    if (etag)
        headers['If-Match'] = etag;
    const answer = await fetch(url(path, query), {
        method, headers, signal: abort, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    learnClock(answer.headers.get('Date'));
    return answer;
}

async function attempt(method, path, options) {
    for (let tries = 0; ; tries++) {
        try {
            const answer = await once(method, path, options);
            reachable.value = true;
            if (method === 'GET' && answer.status === 503 && tries === 0) {
                await pause(1000);
                continue;
            }
            return answer;
        } catch (error) {
            if (error.name === 'AbortError')
                throw error;
            if (method === 'GET' && tries === 0) {
                await pause(1000);
                continue;
            }
            reachable.value = false;
            throw new Problem(0, {code: 'offline'});
        }
    }
}

function pause(ms) {
    return new Promise(done => setTimeout(done, ms));
}

async function problemOf(answer) {
    let body = {};
    try {
        body = await answer.json();
    } catch { /* an answer of the edge, without words */ }
    const after = Number(answer.headers.get('Retry-After'));
    return new Problem(answer.status, {...body, retryAfter: after > 0 ? after : null});
}

/* One question at a time, however many requests were refused. */
function ask(which) {
    if (!door.value[which]) {
        let settle;
        const promise = new Promise((resolve, reject) => {
            settle = {resolve, reject};
        });
        const done = act => value => {
            door.value = {...door.value, [which]: null};
            act(value);
        };
        door.value = {...door.value, [which]: {promise, resolve: done(settle.resolve), reject: done(settle.reject)}};
    }
    return door.value[which].promise;
}

/** Asks for password and code now (for something that needs them); resolves when given, throws Problem 'cancelled' when not. */
export function askConfirm() {
    return ask('confirm');
}

/**
 * One request. options: query, body (JSON), etag (If-Match), signal (abort), quiet (401 is thrown instead of asking to sign in),
 * raw (the Response instead of {status, body, etag}).
 */
export async function request(method, path, options = {}) {
    for (let tries = 0; ; tries++) {
        const answer = await attempt(method, path, options);
        if (answer.ok) {
            if (options.raw)
                return answer;
            const body = answer.status === 204 ? null : await answer.json();
            return {status: answer.status, body, etag: answer.headers.get('ETag')};
        }
        const problem = await problemOf(answer);
        if (problem.status === 401 && !options.quiet && tries < 3)
            await ask('signIn');
        else if (problem.status === 403 && problem.code === 'confirm' && tries < 3)
            await ask('confirm');
        else
            throw problem;
    }
}

/** GET: the body. */
export async function read(path, query, options) {
    return (await request('GET', path, {query, ...options})).body;
}

/** A write: {status, body, etag}. */
export function send(method, path, body, options) {
    return request(method, path, {body, ...options});
}

/** Saves an answer as a file. */
export async function download(path, query) {
    const answer = await request('GET', path, {query, raw: true});
    const name = /filename="([^"\\/]{1,100})"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? path.split('/').pop();
    saveFile(name, await answer.blob());
}

/** Gives the person a file that the page has made. */
export function saveFile(name, blob) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** A file the person chose, as base64 for the API. */
export async function base64(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = '';
    for (let i = 0; i < bytes.length; i += 0x8000)
        text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
}

/** A list to its end: calls each(items) per page. key: the name of the list in the answer. */
export async function readAll(path, key, query = {}) {
    const all = [];
    for (let after; ;) {
        const body = await read(path, {...query, after});
        all.push(...body[key]);
        if (!body.next)
            return all;
        after = body.next;
    }
}
