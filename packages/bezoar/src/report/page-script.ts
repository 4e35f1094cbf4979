/**
 * The page's only script: the values of a chart at the pointer, or at the focus with the arrow keys. The page is whole without it, and its
 * policy lets no other one run. Labels go in as text, never as markup.
 */
export const pageScript = `'use strict';
for (const plot of document.querySelectorAll('[data-plot]')) {
  const data = JSON.parse(plot.dataset.plot), svg = plot.querySelector('svg');
  const steps = [...new Set(data.lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const show = (value) => Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(4)));
  const nearest = (points, x) => {
    let [low, high] = [0, points.length - 1];
    while (high - low > 1) { const middle = (low + high) >> 1; if (points[middle][0] > x) high = middle; else low = middle; }
    return x - points[low][0] <= points[high][0] - x ? points[low] : points[high];
  };
  const drawn = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const mark = drawn('g', { class: 'mark' }), tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  let at = steps.length - 1;
  const hide = () => { mark.replaceChildren(); tip.hidden = true; };
  const move = (index) => {
    at = Math.max(0, Math.min(steps.length - 1, index));
    const step = steps[at], x = data.x[0] + data.x[1] * step, texts = [data.xLabel + ' ' + show(step)];
    mark.replaceChildren(drawn('line', { x1: x, x2: x, y1: data.top, y2: data.bottom }));
    for (const { label, color, points } of data.lines) {
      const [own, value] = nearest(points, step);
      mark.append(drawn('circle', { class: 'c' + color, r: 3.5, cx: data.x[0] + data.x[1] * own, cy: data.y[0] + data.y[1] * value }));
      texts.push(label + (own === step ? '' : ' at ' + show(own)) + ': ' + show(value));
    }
    tip.replaceChildren(...texts.map((text) => Object.assign(document.createElement('span'), { textContent: text })));
    tip.hidden = false;
    const scale = svg.clientWidth / svg.viewBox.baseVal.width, room = plot.clientWidth - tip.offsetWidth;
    const left = Math.max(0, Math.min(room, x * scale + (x * scale > room / 2 + 20 ? -tip.offsetWidth - 10 : 10)));
    tip.style.transform = 'translateX(' + left + 'px)';
    plot.setAttribute('aria-valuenow', step);
    plot.setAttribute('aria-valuetext', texts.join(', '));
  };
  const text = svg.getAttribute('aria-label');
  for (const [name, value] of Object.entries({ role: 'slider', tabindex: 0, 'aria-label': data.title, 'aria-valuemin': steps[0], 'aria-valuemax': steps.at(-1), 'aria-valuenow': steps[at], 'aria-valuetext': text }))
    plot.setAttribute(name, value);
  svg.append(mark);
  plot.append(tip);
  const follow = (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width * svg.viewBox.baseVal.width - data.x[0]) / data.x[1];
    const after = steps.findIndex((step) => step >= x), before = after < 0 ? steps.length - 1 : Math.max(0, after - 1);
    move(after >= 0 && steps[after] - x < x - steps[before] ? after : before);
  };
  plot.addEventListener('pointermove', follow);
  plot.addEventListener('pointerdown', follow);
  plot.addEventListener('pointerleave', hide);
  plot.addEventListener('focus', () => { if (plot.matches(':focus-visible')) move(at); });
  plot.addEventListener('blur', hide);
  plot.addEventListener('keydown', (event) => {
    const targets = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - 10, PageUp: at + 10, Home: 0, End: steps.length - 1 };
    if (event.key === 'Escape') hide();
    if (!Object.hasOwn(targets, event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(targets[event.key]);
  });
}`;
