import { Subscription } from 'rxjs';

/**
 * Makes an element with attributes and children. Texts become text nodes: nothing in the inspector is ever parsed as HTML, because topics,
 * payloads and reason strings come from outside.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Makes a button with a label. */
export function button(label: string, attributes: Readonly<Record<string, string>> = {}): HTMLButtonElement {
  return element('button', { type: 'button', class: 'button', ...attributes }, label);
}

/** Calls `next` for each event of a target, until the subscription ends. */
export function listen<E extends Event>(target: EventTarget, type: string, next: (event: E) => void): Subscription {
  const listener = next as (event: Event) => void;
  target.addEventListener(type, listener);
  return new Subscription(() => target.removeEventListener(type, listener));
}

/** Sets the text of an element, if it is another one: a text that is set anew loses its selection, and is laid out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Sets an attribute to a text, or removes it, if it is not so yet. */
export function setAttribute(target: Element, name: string, value: string | undefined): void {
  if (value === undefined) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** The context of a canvas with a point for each CSS pixel. It follows the size and resolution that the canvas is shown with. */
export function scaledContext(canvas: HTMLCanvasElement): {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
} {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = globalThis.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext('2d')!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Reads colours by the names of their custom properties. */
export type Palette = (name: string) => string;

export function paletteOf(host: Element): Palette {
  const style = getComputedStyle(host);
  const known = new Map<string, string>();
  return name => {
    let colour = known.get(name);
    if (colour === undefined) known.set(name, (colour = style.getPropertyValue(`--${name}`).trim()));
    return colour;
  };
}

export const prefersReducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;
