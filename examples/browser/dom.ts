import { type Observable, fromEvent, map, tap } from 'rxjs';

/** Returns the element with this id. */
export const the = <E extends HTMLElement = HTMLElement>(id: string): E => document.getElementById(id) as E;

/** Emits the fields of a form, by name, each time it is submitted. */
export const submits = (id: string): Observable<Readonly<Record<string, string>>> =>
  fromEvent(the(id), 'submit').pipe(
    tap(event => event.preventDefault()),
    map(() => fields(id)),
  );

export const fields = (id: string): Readonly<Record<string, string>> =>
  Object.fromEntries(new FormData(the<HTMLFormElement>(id))) as Record<string, string>;

export const clicks = (id: string): Observable<Event> => fromEvent(the(id), 'click');

/** Makes an element with a text. Text from a broker is never used as HTML. */
export function element(name: string, className: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
