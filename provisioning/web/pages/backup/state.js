/*
 * state: what the backup station says, read often while it works; and its fixed words.
 *
 *   const backup = useBackup();      a resource (resource.js) of GET /backup
 *   isBusy(state)                    one thing at a time
 *   newest(state)                    the newest backup that was made, or null
 */
import {useState, useEffect} from '/html.js';
import {useResource} from '/resource.js';

const OFTEN_S = 1;
const SELDOM_S = 20;
const HURRY_MS = 10000;

/** See above. */
export function isBusy(state) {
    return state.step !== 'idle';
}

/** See above. */
export function newest(state) {
    return state.last.filter(one => one.kind === 'backup' && one.result === 'done').reduce((best, one) => !best || one.at > best.at ? one : best, null);
}

/** See above. making: something was just asked for, so it is looked at often before the station says so. */
export function useBackup(making = false) {
    const [often, setOften] = useState(false);
    const [hurry, setHurry] = useState(false);
    const backup = useResource('/backup', {on: ['backup'], every: often || hurry || making ? OFTEN_S : SELDOM_S});
    const busy = backup.data ? isBusy(backup.data) : false;
    useEffect(() => setOften(busy), [busy]);
    useEffect(() => {
        const timer = hurry ? setTimeout(() => setHurry(false), HURRY_MS) : 0;
        return () => clearTimeout(timer);
    }, [hurry]);
    return {...backup, reload: () => {
        setHurry(true);
        return backup.reload();
    }};
}
