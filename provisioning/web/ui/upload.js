/*
 * upload: a file of the person's disk to the appliance, in parts, with how much of it is there.
 *
 *   const id = await sendParts(file, {begin: '/update/uploads', parts: id => `/update/uploads/${id}`, values: {…}, told: sent => …, signal});
 *   const up = useUpload();
 *   up.run(file, {begin, parts, then: id => …})    the same, then then(); resolves to what then() gave, or undefined: up.error says why, null when it was stopped
 *   html`<${UploadProgress} up=${up} />`           its bar and a button that stops it; nothing while nothing is sent
 *
 * A part that the appliance was too busy for is sent again. SHA-256 is reckoned here, so a file that broke on its way is noticed.
 */
import {html, useState, useRef, useEffect} from '/html.js';
import {base64, send, Problem} from '/api.js';
import {t} from '/i18n.js';
import {bytes} from '/format.js';
import {Progress} from '/ui/meter.js';
import {Sha256} from '/ui/sha256.js';

const PART = 2 * 1024 * 1024;
const PAUSES_MS = [1000, 2000, 4000, 8000];
const BUSY = [0, 429, 503];

/** SHA-256 of a file, as hex digits, however large it is; told(read) after each part. */
export async function digest(file, told = () => {}, signal) {
    const hash = new Sha256();
    for (let offset = 0; offset < file.size; offset += PART) {
        signal?.throwIfAborted();
        hash.add(new Uint8Array(await file.slice(offset, offset + PART).arrayBuffer()));
        told(Math.min(file.size, offset + PART));
    }
    return hash.hex();
}

async function patient(fn) {
    for (let tries = 0; ; tries++) {
        try {
            return await fn();
        } catch (error) {
            if (!(error instanceof Problem) || !BUSY.includes(error.status) || tries === PAUSES_MS.length)
                throw error;
            await new Promise(done => setTimeout(done, PAUSES_MS[tries]));
        }
    }
}

/** See above; resolves to the upload's number. */
export async function sendParts(file, {begin, parts, values = {}, reading, told = () => {}, signal}) {
    const {body} = await send('POST', begin, {...values, size: file.size, sha256: await digest(file, reading, signal)}, {signal});
    told(0);
    for (let offset = 0; offset < file.size; offset += PART) {
        const content = await base64(file.slice(offset, offset + PART));
        await patient(() => send('PUT', parts(body.upload), {offset, content}, {signal}));
        told(Math.min(file.size, offset + PART));
    }
    return body.upload;
}

const NOTHING = {phase: null, sent: 0, size: 0, error: null};

/** See above. */
export function useUpload() {
    const [state, setState] = useState(NOTHING);
    const running = useRef(null);
    useEffect(() => () => running.current?.abort(), []);
    const run = async (file, {begin, parts, values, then}) => {
        const mine = running.current = new AbortController();
        setState({...NOTHING, phase: 'reading', size: file.size});
        try {
            const put = phase => sent => setState(old => ({...old, phase: sent < file.size ? phase : 'checking', sent}));
            const id = await sendParts(file, {begin, parts, values, signal: mine.signal, reading: sent => setState(old => ({...old, sent})), told: put('sending')});
            const result = then ? await then(id) : id;
            setState(NOTHING);
            return result;
        } catch (error) {
            setState({...NOTHING, error: mine.signal.aborted || error.code === 'cancelled' ? null : error});
            return undefined;
        } finally {
            running.current = null;
        }
    };
    return {...state, run, stop: () => running.current?.abort(), forget: () => setState(NOTHING)};
}

/** See above. */
export function UploadProgress({up}) {
    if (!up.phase)
        return null;
    return html`
        <div class="going" role="status">
            <${Progress} label=${t(`part.upload.${up.phase}`)} part=${up.phase === 'checking' ? null : up.sent} whole=${up.size} text=${`${bytes(up.sent)} / ${bytes(up.size)}`} />
            ${up.phase !== 'checking' && html`<button type="button" class="small" onClick=${up.stop}>${t('part.upload.stop')}</button>`}
        </div>`;
}
