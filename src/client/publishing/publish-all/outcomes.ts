import type { Subscriber } from 'rxjs';
import type { PublishOutcome } from '../../../results.js';

/** The place of a message in the line of outcomes; undefined where there is no line. */
export type Place = { outcome: PublishOutcome<never> | undefined } | undefined;

/** Tells the outcomes, in the order of their messages where that is asked for. */
export class Outcomes {
  readonly #subscriber: Subscriber<PublishOutcome<never>>;
  /** The first one has no outcome yet. */
  readonly #line: NonNullable<Place>[] | undefined;
  #untold = 0;

  constructor(subscriber: Subscriber<PublishOutcome<never>>, ordered: boolean) {
    this.#subscriber = subscriber;
    this.#line = ordered ? [] : undefined;
  }

  /** How many are expected. */
  get untold(): number {
    return this.#untold;
  }

  expect(): Place {
    this.#untold++;
    if (this.#line === undefined) return undefined;
    const place: Place = { outcome: undefined };
    this.#line.push(place);
    return place;
  }

  tell(place: Place, outcome: PublishOutcome<never>): void {
    if (place === undefined) return this.#next(outcome);
    place.outcome = outcome;
    const line = this.#line!;
    for (let first = line[0]?.outcome; first !== undefined; first = line[0]?.outcome) {
      line.shift();
      this.#next(first);
    }
  }

  #next(outcome: PublishOutcome<never>): void {
    this.#untold--;
    this.#subscriber.next(outcome);
  }
}
