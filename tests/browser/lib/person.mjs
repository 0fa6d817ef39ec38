/*
 * person: somebody who uses the page: name, password, authenticator.
 *
 *   const anna = new Person('anna');
 *   await anna.enter(page)            takes the console's setup code or an invitation over the API, and is signed in in this page's context
 *   anna.code()                       what the authenticator shows; waits for another one when this one is used up
 *   await anna.sign_in(page)          through the form
 *
 * Not: nothing of the product: the authenticator is RFC 6238 by itself.
 */
import crypto from 'node:crypto';
import {setTimeout as pause} from 'node:timers/promises';
import {ctl} from './stage.mjs';
import {must} from './test.mjs';

const STEP_S = 30;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytesOf(base32) {
    const bits = [...base32.replace(/[\s=]/g, '').toUpperCase()].map(letter => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
    return Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
}

/** RFC 6238: six digits, SHA-1. */
export function totp(secret, step) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = crypto.createHmac('sha1', bytesOf(secret)).update(counter).digest();
    const at = digest[19] & 15;
    return String((digest.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** A request from inside the page, as its own scripts send it; throws what a failure says. */
export async function call(page, method, path, body, headers = {}) {
    const answer = await page.evaluate(async ([method, path, body, headers]) => {
        const answer = await fetch(`/api/v1${path}`, {method, headers: {Accept: 'application/json', ...method === 'GET' ? {} : {'X-Provost-Request': '1'},
            ...body === null ? {} : {'Content-Type': 'application/json'}, ...headers}, body: body === null ? undefined : JSON.stringify(body)});
        const text = await answer.text();
        return {status: answer.status, etag: answer.headers.get('ETag'), body: text && /json/.test(answer.headers.get('Content-Type') ?? '') ? JSON.parse(text) : text};
    }, [method, path, body ?? null, headers]);
    must(answer.status < 300, () => `${method} ${path} is answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 400)}`);
    return answer;
}

export class Person {
    constructor(name) {
        this.name = name;
        this.password = `${crypto.randomBytes(9).toString('base64url')} for ${name}`;
        this.secret = null;
        this.last = 0;
        this.recovery = [];
    }

    /** A code that was not used yet: one step early, now, or one late is good. */
    async code() {
        for (;;) {
            const now = Math.floor(Date.now() / 1000 / STEP_S);
            const step = Math.max(this.last + 1, now);
            if (step <= now + 1) {
                this.last = step;
                return totp(this.secret, step);
            }
            await pause(1000);
        }
    }

    /** The first sign-in, over the API, in this page's context. invitation: the code; without it the console's setup code. */
    async enter(page, invitation) {
        const code = invitation ?? (await ctl('page', 'show', '--json')).code;
        const begun = (await call(page, 'POST', '/invitation/begin', {name: this.name, code})).body;
        this.secret = begun.totp_secret;
        const session = (await call(page, 'POST', '/invitation/finish', {pending: begun.pending, password: this.password, code: await this.code()})).body;
        this.recovery = session.recovery_codes;
        // As the page's own scripts leave it.
        await page.evaluate(() => localStorage.setItem('signed-in', 'yes'));
        return session;
    }

    /** Signs in with the form. */
    async sign_in(page, words = {name: 'Name', password: 'Password', code: /code/i, action: 'Sign in'}) {
        await page.getByLabel(words.name, {exact: true}).fill(this.name);
        await page.getByLabel(words.password, {exact: true}).fill(this.password);
        await page.getByLabel(words.code).fill(await this.code());
        await page.getByRole('button', {name: words.action}).click();
    }
}
