import type { Diagram, SourceRow, StreamRow } from '../../marbles/diagram.js';
import type { StreamRow as PictureRow, ValueMark } from '../../src/trace/draw/picture/rows.js';
import { visibleMarbles, visibleSpan } from './visible.js';
import { receivedAt } from './wire-row.js';

export function streamRow(diagram: Diagram, row: StreamRow | SourceRow): PictureRow {
  const isStream = row.kind === 'stream';
  const { from, to, goesOn } = visibleSpan(diagram, (isStream ? row.subscribed : undefined) ?? '^');
  const besideSent = isStream && row.besideSent === true;
  const error = isStream ? (row.error ?? 'error') : 'error';
  return {
    kind: 'stream',
    name: row.name,
    colour: isStream ? 'value' : 'source',
    ...(goesOn ? {} : { begin: { frame: from } }),
    ...(to === Infinity ? {} : { end: { frame: to } }),
    values: visibleMarbles(diagram, row.marbles).map(({ frame, sign }): ValueMark => {
      const place = besideSent ? receivedAt(diagram, frame) : 0;
      if (sign === '|') return { frame, place, sign: 'completion', words: '' };
      if (sign === '#') return { frame, place, sign: 'error', words: error };
      return { frame, place, sign: 'value', words: row.values?.[sign] ?? sign };
    }),
  };
}
