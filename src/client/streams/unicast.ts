import { Observable, type Observer, Subscription } from 'rxjs';

/**
 * Emits each value to the one observer that came last. It takes the place of a Subject between two parts of a client: it calls the observer
 * directly, where a Subject has a list of subscribers and a subscriber for each. So an observer must not throw, and it gets nothing once it
 * is unsubscribed. It does not end.
 */
// eslint-disable-next-line rxjs-x/no-subclass -- it has a subscribe() of its own
export class Unicast<T> extends Observable<T> {
  #observer: Partial<Observer<T>> | undefined;

  override subscribe(given?: Partial<Observer<T>> | ((value: T) => void) | null): Subscription {
    const observer = typeof given === 'function' ? { next: given } : (given ?? {});
    this.#observer = observer;
    const attachment = new Attachment(this, observer);
    // operators pass a subscriber, and unsubscribe that
    if (observer instanceof Subscription) observer.add(attachment);
    return attachment;
  }

  get observed(): boolean {
    return this.#observer !== undefined;
  }

  next(value: T): void {
    this.#observer?.next?.(value);
  }

  /** Keeps its observer in memory no longer. */
  release(): void {
    this.#observer = undefined;
  }

  /** Does so if it is this observer, and not one that came later. */
  detach(observer: object): void {
    if (this.#observer === observer) this.release();
  }
}

/** The subscription of an observer. It is a class because it takes a third of the memory of a Subscription with a closure. */
class Attachment extends Subscription {
  readonly #unicast: Pick<Unicast<never>, 'detach'>;
  readonly #observer: object;

  constructor(unicast: Pick<Unicast<never>, 'detach'>, observer: object) {
    super();
    this.#unicast = unicast;
    this.#observer = observer;
  }

  override unsubscribe(): void {
    this.#unicast.detach(this.#observer);
    super.unsubscribe();
  }
}
