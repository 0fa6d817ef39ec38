/*
 * act: something a button does: once at a time, its failure said, its success too.
 *
 *   const {busy, act} = useAct();
 *   <button disabled=${busy} onClick=${() => act(() => send('POST', …), t('system.done'))}>
 *
 * act() resolves to what the function gave, or undefined when it failed (the sentence is shown then).
 */
import {useState, useRef} from '/html.js';
import {toast} from '/ui/toast.js';

/** See above. */
export function useAct() {
    const [busy, setBusy] = useState(false);
    const running = useRef(false);
    const act = async (fn, done) => {
        if (running.current)
            return undefined;
        running.current = true;
        setBusy(true);
        try {
            const result = await fn();
            if (done)
                toast(typeof done === 'function' ? done(result) : done);
            return result ?? true;
        } catch (error) {
            toast(error);
            return undefined;
        } finally {
            running.current = false;
            setBusy(false);
        }
    };
    return {busy, act};
}

/** The value, once it has not changed for `ms`: for questions asked while somebody types. */
export function later(fn, ms) {
    let timer = 0;
    return {
        call(...args) {
            clearTimeout(timer);
            timer = setTimeout(() => fn(...args), ms);
        },
        stop() {
            clearTimeout(timer);
        },
    };
}
