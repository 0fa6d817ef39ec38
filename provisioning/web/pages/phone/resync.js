/*
 * phone/resync: tells a phone to fetch its settings or to reboot, and watches its timeline until it did.
 *
 *   resync(phone, true)        a dialog that says how it goes
 */
import {html, useEffect, useState} from '/html.js';
import {t} from '/i18n.js';
import {read, send} from '/api.js';
import {onChange} from '/events.js';
import {mac as shownMac} from '/format.js';
import {Dialog, openDialog} from '/ui/dialog.js';
import {Mark} from '/ui/words.js';

const FETCHED = ['settings-served', 'served'];
const CAME_BACK = ['tunnel-up'];
const PATIENCE_MS = 180000;

/** See above. */
export function resync(phone, reboot) {
    return openDialog(close => html`<${Resync} phone=${phone} reboot=${reboot} close=${close} />`);
}

function Resync({phone, reboot, close}) {
    const [told, setTold] = useState(null);
    const [done, setDone] = useState(null);
    const [late, setLate] = useState(false);
    useEffect(() => {
        let gone = false;
        let since = 0;
        const look = async () => {
            if (!since || gone)
                return;
            const {events} = await read(`/phones/${phone.mac}/timeline`, {limit: 50}).catch(() => ({events: []}));
            const found = events.find(event => event.at_ms > since && (reboot ? CAME_BACK : FETCHED).includes(event.word));
            if (found && !gone)
                setDone(found);
        };
        const stop = onChange(['phone', 'settings'], key => (!key || key === phone.mac) && look());
        const beat = setInterval(look, 2000);
        const end = setTimeout(() => setLate(true), PATIENCE_MS);
        (async () => {
            try {
                const {events} = await read(`/phones/${phone.mac}/timeline`, {limit: 1});
                since = events.at(-1)?.at_ms ?? 1;
                setTold((await send('POST', `/phones/${phone.mac}/resync`, {reboot})).body);
                look();
            } catch (error) {
                setTold({outcome: 'failed', detail: error.message});
            }
        })();
        return () => {
            gone = true;
            stop();
            clearInterval(beat);
            clearTimeout(end);
        };
    }, []);
    const taken = told?.outcome === 'taken';
    return html`
        <${Dialog} title=${t(reboot ? 'phone.reboot.title' : 'phone.resync.title', {name: phone.name || shownMac(phone.mac)})} onClose=${() => close()}>
            <div class="dialog-body">
                <ol class="resync" aria-live="polite">
                    <li><${Mark} kind=${!told ? 'info' : taken ? 'good' : 'bad'} text=${t(!told ? 'phone.resync.telling' : taken ? 'phone.resync.told' : 'phone.resync.not-told')} />
                        ${told?.detail && html`<p class="hint" lang="en">${told.detail}</p>`}</li>
                    ${taken && html`<li><${Mark} kind=${done ? 'good' : late ? 'warn' : 'info'} text=${t(done ? (reboot ? 'phone.reboot.done' : 'phone.resync.done') : late ? 'phone.resync.late' : (reboot ? 'phone.reboot.waiting' : 'phone.resync.waiting'))} />
                        ${!done && !late && html`<progress aria-label=${t('core.loading')}></progress>`}</li>`}
                </ol>
            </div>
            <footer><button class="primary" onClick=${() => close()}>${t('core.close')}</button></footer>
        </${Dialog}>`;
}
