/*
 * chart: something over time. uPlot is loaded with the first one that is shown.
 *
 *   html`<${Chart} label=${t('overview.traffic')} times=${[1763…]} series=${[{label, values: [..], tone: 1, format: bytes}]} height=${180} summary=${…} />`
 *
 * tone: 1..4, a colour of style/tokens.css. summary: a sentence with what the picture shows, for those who cannot see it.
 */
import {html, useEffect, useRef} from '/html.js';
import {locale, t} from '/i18n.js';

let library = null;

function load() {
    library ??= new Promise((resolve, reject) => {
        const sheet = document.createElement('link');
        sheet.rel = 'stylesheet';
        sheet.href = '/vendor/uplot.css';
        document.head.append(sheet);
        import('/vendor/uplot.js').then(module => resolve(module.default), reject);
    });
    return library;
}

/* A custom property as the colour it is just now, light or dark. */
function colour(element, name) {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
}

function options(element, {series, height}) {
    const faint = colour(element, '--line');
    const text = colour(element, '--text-2');
    const font = `11px ${getComputedStyle(element).fontFamily}`;
    const clock = new Intl.DateTimeFormat(locale.value, {hour: '2-digit', minute: '2-digit'});
    const axis = {stroke: text, font, grid: {stroke: faint, width: 1}, ticks: {show: false}};
    return {
        width: Math.max(200, element.clientWidth), height,
        cursor: {drag: {x: false, y: false}, y: false},
        legend: {live: true},
        axes: [
            {...axis, values: (_, at) => at.map(s => clock.format(new Date(s * 1000))), space: 70, size: 28},
            {...axis, size: 64, values: (_, at) => at.map(value => series[0].format(value))},
        ],
        scales: {y: {range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(series[0].least ?? 1, (high ?? 1) * 1.1)]}},
        series: [
            {label: t('core.time'), value: (_, s) => s ? clock.format(new Date(s * 1000)) : '–'},
            ...series.map(one => ({
                label: one.label, stroke: colour(element, `--tone-${one.tone}`), width: 1.75, points: {show: false},
                fill: one.fill ? colour(element, `--tone-${one.tone}-soft`) : undefined, value: (_, value) => value === null || value === undefined ? '–' : one.format(value),
            })),
        ],
    };
}

/** See above. */
export function Chart({label, times, series, height = 180, summary}) {
    const box = useRef(null);
    const plot = useRef(null);
    const latest = useRef(null);
    latest.current = {times, series, height};

    useEffect(() => {
        let gone = false;
        const draw = async () => {
            const Plot = await load();
            if (gone || !box.current)
                return;
            plot.current?.destroy();
            plot.current = new Plot(options(box.current, latest.current), data(latest.current), box.current);
        };
        draw().catch(() => {});
        const size = new ResizeObserver(() => box.current && plot.current?.setSize({width: Math.max(200, box.current.clientWidth), height}));
        size.observe(box.current);
        const scheme = matchMedia('(prefers-color-scheme: dark)');
        const theme = new MutationObserver(draw);
        theme.observe(document.documentElement, {attributeFilter: ['data-theme', 'lang']});
        scheme.addEventListener('change', draw);
        return () => {
            gone = true;
            size.disconnect();
            theme.disconnect();
            scheme.removeEventListener('change', draw);
            plot.current?.destroy();
            plot.current = null;
        };
    }, [height, series.length]);
    useEffect(() => plot.current?.setData(data(latest.current)), [times, series]);

    return html`
        <figure class="chart">
            <figcaption>${label}</figcaption>
            <div ref=${box} class="plot" aria-hidden="true" style=${{minHeight: `${height}px`}}></div>
            <p class="spoken">${summary}</p>
        </figure>`;
}

function data({times, series}) {
    return [times, ...series.map(one => one.values)];
}
