/*
 * theme: light or dark, before the first paint. Runs as a plain script ahead of everything else, so nothing flashes.
 *
 * In:  what this browser was told last ("light", "dark", or nothing: as the system).
 * Out: data-theme on <html>; style/tokens.css does the rest.
 */
(() => {
    try {
        const kept = localStorage.getItem('theme');
        if (kept === 'light' || kept === 'dark')
            document.documentElement.dataset.theme = kept;
    } catch { /* a browser that keeps nothing follows the system */ }
})();
