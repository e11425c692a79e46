import type { Socket } from 'node:net';
import { Observable, fromEvent, map } from 'rxjs';
import { type RawData, WebSocket } from 'ws';
import { MqttError } from '../errors.js';
import { HIGH_WATER } from './bounds.js';
import type { Link } from './link.js';
import { addresses, lost } from './socket-link.js';
import { textFrame } from './text-frame.js';
import { closeReason } from './web-socket-target.js';

/** An open WebSocket of the package ws as a link. */
export function wsLink(webSocket: WebSocket, socket: Socket): Link {
  return {
    data$: new Observable(subscriber => {
      const message = (data: RawData, isBinary: boolean) => {
        if (isBinary) subscriber.next(data as Buffer);
        else subscriber.error(textFrame());
      };
      const error = (cause: Error) => subscriber.error(lost(cause));
      const close = (code: number, reason: Buffer) => {
        const words = closeReason(code, reason.toString());
        if (words === undefined) subscriber.complete();
        else subscriber.error(new MqttError('CONNECTION_CLOSED', words, { retryable: true }));
      };
      webSocket.on('message', message).on('error', error).on('close', close);
      return () => webSocket.off('message', message).off('error', error).off('close', close);
    }),
    write: chunk => {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.send(chunk);
      return webSocket.bufferedAmount < HIGH_WATER;
    },
    // without compression a frame goes to the socket at once
    drain$: fromEvent(socket, 'drain').pipe(map(() => undefined)),
    get unsentBytes() {
      return webSocket.bufferedAmount;
    },
    end: () => webSocket.close(),
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    ...addresses(socket),
  };
}
