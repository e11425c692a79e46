import {
  EMPTY,
  animationFrameScheduler,
  auditTime,
  catchError,
  combineLatest,
  exhaustMap,
  map,
  merge,
  mergeMap,
  of,
  shareReplay,
  startWith,
  switchMap,
  tap,
  withLatestFrom,
} from 'rxjs';
import { deliver } from './deliveries.js';
import { clicks, element, fields, submits, the } from './dom.js';
import type { QoS } from './library.js';
import { type Messages, type Row, newestFirst } from './messages.js';
import { sessions, stateOf } from './session.js';
import { type Status, countdown, statusOf } from './status.js';

// streams turn forms into texts

the<HTMLInputElement>('url').value = `ws://${location.host}/mqtt`; // start.ts serves the broker from the address of the page

const session$ = sessions(
  merge(
    submits('connection').pipe(map(({ url = '', shared }) => ({ url, shared: shared === 'on' }))),
    clicks('disconnect').pipe(map(() => undefined)),
  ),
);

const state$ = session$.pipe(switchMap(stateOf), shareReplay({ bufferSize: 1, refCount: true }));

const messages$ = combineLatest([session$, submits('subscription').pipe(startWith(fields('subscription')))]).pipe(
  switchMap(([{ client }, { filter = '' }]) => (client ? newestFirst(client, filter) : EMPTY)),
  auditTime(0, animationFrameScheduler), // one drawing a frame, however fast they come
);

const result$ = submits('message').pipe(
  withLatestFrom(session$),
  mergeMap(([{ topic = '', payload = '', qos, retain }, { client }]) =>
    client
      ? deliver(client, { topic, payload, qos: Number(qos) as QoS, retain: retain === 'on' })
      : of('Not connected: connect first'),
  ),
);

const retry$ = clicks('retry').pipe(
  withLatestFrom(session$),
  exhaustMap(([, { client }]) => client?.reconnect().pipe(catchError(() => EMPTY)) ?? EMPTY), // the status tells
);

merge(
  statusOf(state$).pipe(tap(showStatus)),
  countdown(state$).pipe(tap(text => say('countdown', text))),
  messages$.pipe(tap(showMessages)),
  result$.pipe(tap(text => say('result', text))),
  retry$,
).subscribe({ error: console.error });

function showStatus({ status, title, reason }: Status): void {
  the('status').dataset.status = status;
  say('title', title);
  say('reason', reason);
  the<HTMLButtonElement>('disconnect').disabled = status === 'idle' || status === 'closed';
  the('wait').hidden = status !== 'reconnecting';
}

function showMessages({ rows, problem }: Messages): void {
  say('problem', problem);
  the('messages').replaceChildren(...rows.map(asItem));
}

/** Changes a text only if it differs, because screen readers read out every change of a live region. */
function say(id: string, text: string): void {
  if (the(id).textContent !== text) the(id).textContent = text;
}

function asItem({ at, message }: Row): HTMLElement {
  const item = element('li', '', '');
  const notes = [`QoS ${message.qos}`, ...(message.retain ? ['retained'] : [])];
  item.append(
    element('time', '', at.toLocaleTimeString()),
    element('span', 'topic', message.topic),
    element('span', 'payload', message.text().slice(0, 500)),
    element('span', 'notes', notes.join(', ')),
  );
  return item;
}
