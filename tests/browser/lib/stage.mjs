/*
 * stage: asks stage.py for what is done outside the browser.
 *
 *   await stage.plug_in({mac: '000413AABB01'})      the verbs are the do_ methods there
 *
 * Not: no test.
 */
import net from 'node:net';

const channel = new net.Socket({fd: Number(process.env.PROVOST_STAGE_FD), readable: true, writable: true});
const waiting = new Map();
let number = 0;
let text = '';

channel.setEncoding('utf8');
channel.on('data', block => {
    text += block;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) {
        const answer = JSON.parse(line);
        const {resolve, reject} = waiting.get(answer.id);
        waiting.delete(answer.id);
        if ('error' in answer)
            reject(new Error(answer.error));
        else
            resolve(answer.value);
    }
});

function ask(verb, values = {}) {
    return new Promise((resolve, reject) => {
        waiting.set(++number, {resolve, reject});
        channel.write(`${JSON.stringify({id: number, verb, values})}\n`);
    });
}

export const stage = new Proxy({}, {get: (_, verb) => values => ask(verb, values)});

/** provostctl in the appliance; its output. */
export async function ctl(...words) {
    const stdin = typeof words.at(-1) === 'object' ? words.pop().stdin : undefined;
    const {status, out, err} = await stage.ctl({words, stdin});
    if (status)
        throw new Error(`provostctl ${words.slice(0, 3).join(' ')} … failed (${status}): ${(err || out).trim()}`);
    return words.includes('--json') ? JSON.parse(out) : out;
}

export function closeStage() {
    channel.destroy();
}
