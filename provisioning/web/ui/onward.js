/*
 * onward: a list that begins with the newest and is read on, back in time: the audit, the journal.
 *
 *   const list = useOnward('/logs', {text}, {follow_s: 5});
 *   list.entries, list.next     null until the first answer is there; next is null at the end
 *   list.error, list.busy
 *   list.more(), list.reload()
 *
 * follow_s: read anew each so many seconds while the page is looked at; 0 never. An answer that was overtaken by a later question is forgotten.
 */
import {useState, useEffect, useRef} from '/html.js';
import {read} from '/api.js';

const STEP = 100;

/** See above. */
export function useOnward(path, query, {follow_s = 0} = {}) {
    const [state, setState] = useState({entries: null, next: null, error: null, busy: false});
    const turn = useRef(0);
    const get = async after => {
        const mine = ++turn.current;
        setState(old => ({...old, busy: true}));
        try {
            const body = await read(path, {...query, after, limit: STEP});
            if (mine === turn.current)
                setState(old => ({entries: after ? [...old.entries, ...body.entries] : body.entries, next: body.next, error: null, busy: false}));
        } catch (error) {
            if (mine === turn.current)
                setState(old => ({...old, error, busy: false}));
        }
    };
    useEffect(() => {
        get();
        const timer = follow_s ? setInterval(() => !document.hidden && get(), follow_s * 1000) : 0;
        return () => clearInterval(timer);
    }, [JSON.stringify(query), follow_s]);
    return {...state, more: () => get(state.next), reload: () => get()};
}
