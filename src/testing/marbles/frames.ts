import type { TimelineEvent } from './columns.js';
import { inspect } from './inspect.js';
import { parseMarbles } from './parse.js';

type Notification =
  | { readonly kind: 'N'; readonly value: unknown }
  | { readonly kind: 'E'; readonly error: unknown }
  | { readonly kind: 'C' };

/** An entry that the TestScheduler records: a notification of a stream, or a subscription of a cold() or hot(). */
type Frame =
  | { readonly frame: number; readonly notification: Notification }
  | { readonly subscribedFrame: number; readonly unsubscribedFrame: number };

/** Returns the entries that the TestScheduler compares as events for a drawing, with the letters of the diagram if there is one. */
export function framesAsEvents(frames: unknown, marbles?: string): TimelineEvent[] {
  const letters = marbles === undefined ? [] : parseMarbles(marbles);
  return (frames as readonly Frame[])
    .flatMap((frame, i) =>
      'notification' in frame
        ? [ofNotification(frame.frame, frame.notification, letters[i]?.sign)]
        : ofSubscription(frame),
    )
    .sort((a, b) => a.frame - b.frame);
}

function ofNotification(frame: number, notification: Notification, letter?: string): TimelineEvent {
  switch (notification.kind) {
    case 'N': {
      const { value } = notification;
      const own = typeof value === 'string' && value.length === 1 ? value : '';
      return { frame, sign: letter ?? own, words: inspect(value) };
    }
    case 'E':
      return { frame, sign: '#', words: inspect(notification.error) };
    case 'C':
      return { frame, sign: '|', words: '' };
  }
}

function ofSubscription({
  subscribedFrame,
  unsubscribedFrame,
}: Extract<Frame, { subscribedFrame: number }>): TimelineEvent[] {
  const began = { frame: subscribedFrame, sign: '^', words: '' };
  return unsubscribedFrame === Infinity ? [began] : [began, { frame: unsubscribedFrame, sign: '!', words: '' }];
}
