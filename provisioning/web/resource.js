/*
 * resource: something the page shows and that changes by itself.
 *
 *   const phone = useResource(`/phones/${mac}`, {on: ['phone'], key: mac});
 *   phone.data      the answer's body (null until it is there); stays while it is read anew
 *   phone.etag      for If-Match
 *   phone.error     a Problem, or null
 *   phone.loading   being read
 *   phone.reload()  read again now
 *   phone.set(body, etag)   what a write answered: no need to read it again
 *
 * options: query; on: kinds of changes (events.js) that make it be read again; key: only changes of this key; every: seconds, for what is
 * not told of; rest: milliseconds that changes are gathered. path null: nothing is read.
 */
import {useState, useEffect, useRef} from '/html.js';
import {request} from '/api.js';
import {onChange} from '/events.js';

/** See above. */
export function useResource(path, {query, on = [], key, every, rest = 250} = {}) {
    const [state, setState] = useState({data: null, etag: null, error: null, loading: Boolean(path)});
    const run = useRef(null);
    const where = path === null ? null : path + JSON.stringify(query ?? {});

    useEffect(() => {
        if (path === null)
            return undefined;
        let abort = new AbortController();
        let timer = 0;
        const readNow = async () => {
            clearTimeout(timer);
            timer = 0;
            abort.abort();
            const mine = abort = new AbortController();
            setState(old => ({...old, loading: true}));
            try {
                const {body, etag} = await request('GET', path, {query, signal: mine.signal});
                setState({data: body, etag, error: null, loading: false});
            } catch (error) {
                if (!mine.signal.aborted)
                    setState(old => ({...old, error, loading: false}));
            }
        };
        const soon = () => {
            timer ||= setTimeout(readNow, rest);
        };
        run.current = readNow;
        setState(old => ({...old, error: null, loading: true}));
        readNow();
        const stop = on.length ? onChange(on, k => (!key || !k || k === key) && soon()) : null;
        const beat = every ? setInterval(() => !document.hidden && readNow(), every * 1000) : 0;
        return () => {
            abort.abort();
            clearTimeout(timer);
            clearInterval(beat);
            stop?.();
        };
    }, [where, every]);

    return {
        ...state,
        reload: () => run.current?.(),
        set: (data, etag) => setState(old => ({...old, data, etag: etag ?? old.etag, error: null})),
    };
}
