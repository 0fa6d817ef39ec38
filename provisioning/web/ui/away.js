/*
 * away: stands over the page while the appliance restarts, and loads it anew when it is back.
 *
 *   waitForReturn(t('system.away.text'))
 *
 * That it restarted is told by the session: sessions end with the appliance. Once at a time, whoever calls.
 */
import {html, useState, useEffect} from '/html.js';
import {request, read, Problem} from '/api.js';
import {t} from '/i18n.js';
import {Dialog, openDialog} from '/ui/dialog.js';
import {Loading} from '/ui/words.js';

const LOOK_MS = 2000;
const LONG_MS = 120000;
const STILL_MS = 60000;
const READ_MS = 1500;

let waiting = false;

/* 'same': our session is still there; 'new': the appliance answers, and has no session of ours; null: no answer yet. */
async function look() {
    try {
        await request('GET', '/session', {quiet: true});
        return 'same';
    } catch (error) {
        if (!(error instanceof Problem) || error.status !== 401)
            return null;
    }
    return read('/health').then(() => 'new', () => null);
}

function Away({text, close}) {
    const [state, setState] = useState('going');
    useEffect(() => {
        const began = Date.now();
        let timer = 0;
        let ended = false;
        const again = async () => {
            const found = await look();
            if (ended)
                return;
            const gone = Date.now() - began;
            if (found === 'new') {
                setState('back');
                timer = setTimeout(() => location.reload(), READ_MS);
                return;
            }
            setState(found === 'same' ? (gone > STILL_MS ? 'still' : 'going') : gone > LONG_MS ? 'long' : 'gone');
            timer = setTimeout(again, LOOK_MS);
        };
        timer = setTimeout(again, LOOK_MS);
        return () => {
            ended = true;
            clearTimeout(timer);
        };
    }, []);
    const back = state === 'back';
    return html`
        <${Dialog} title=${t(back ? 'away.back' : 'away.title')} onClose=${() => close(true)}>
            <div class="dialog-body" role="status">
                <p>${back ? t('away.back.text') : text}</p>
                ${!back && html`<p>${t(`away.${state}`)}</p>`}
                ${!back && state !== 'still' && html`<${Loading} lines=${1} />`}
            </div>
            <footer>${state === 'long' && html`<button type="button" class="primary" onClick=${() => location.reload()}>${t('away.reload')}</button>`}
                ${!back && html`<button type="button" onClick=${() => close(true)}>${t('core.close')}</button>`}</footer>
        </${Dialog}>`;
}

/** See above. */
export async function waitForReturn(text) {
    if (waiting)
        return;
    waiting = true;
    await openDialog(close => html`<${Away} text=${text} close=${close} />`);
    waiting = false;
}
