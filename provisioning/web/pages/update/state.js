/*
 * state: what the update station says, read often while something goes on; and when it restarts the appliance, the page waits for it.
 *
 *   const update = useUpdate();      a resource (resource.js) of GET /update; after reload() it is read often for a while, as something was asked for
 *   isBusy(state)                    something goes on that must end before another thing begins
 */
import {useState, useEffect, useRef} from '/html.js';
import {t} from '/i18n.js';
import {useResource} from '/resource.js';
import {waitForReturn} from '/ui/away.js';

const OFTEN_S = 2;
const SELDOM_S = 20;
const HURRY_MS = 15000;
const MOVING = ['receiving', 'checking', 'writing', 'trying', 'restarting'];
const GONE = [0, 502, 504];

/** See above. */
export function isBusy(state) {
    return MOVING.includes(state.step);
}

/** See above. */
export function useUpdate() {
    const [often, setOften] = useState(false);
    const [hurry, setHurry] = useState(false);
    const update = useResource('/update', {on: ['update'], every: often || hurry ? OFTEN_S : SELDOM_S});
    const step = update.data?.step;
    const before = useRef(null);
    useEffect(() => setOften(MOVING.includes(step)), [step]);
    useEffect(() => {
        const timer = hurry ? setTimeout(() => setHurry(false), HURRY_MS) : 0;
        return () => clearTimeout(timer);
    }, [hurry]);
    useEffect(() => {
        const left = update.error && GONE.includes(update.error.status) && MOVING.includes(before.current);
        if (step === 'restarting' || left)
            waitForReturn(t('update.away'));
        before.current = step;
    }, [step, update.error]);
    return {...update, reload: () => {
        setHurry(true);
        return update.reload();
    }};
}
