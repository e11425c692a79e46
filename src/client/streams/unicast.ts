import { Observable, type Observer, Subscription, type TeardownLogic, type Unsubscribable } from 'rxjs';

/** An observer that is unsubscribed with something else, as a flow is with its subscriber. A subscriber of RxJS is one, too. */
interface AttachedObserver<T> extends Partial<Observer<T>> {
  readonly closed: boolean;
  add(teardown: TeardownLogic): void;
}

/**
 * Emits each value to the one observer that came last. It takes the place of a Subject between two parts of a client: it calls the observer
 * directly, where a Subject has a list of subscribers and a subscriber for each. So an observer must not throw, and it gets nothing once it
 * is unsubscribed. It does not end.
 *
 * An observer that is unsubscribed with something else needs no subscription for that: the Unicast itself is what it adds.
 */
// eslint-disable-next-line rxjs-x/no-subclass -- it has a subscribe() of its own
export class Unicast<T> extends Observable<T> implements Unsubscribable {
  #observer: AttachedObserver<T> | undefined;

  override subscribe(given?: Partial<Observer<T>> | ((value: T) => void) | null): Subscription {
    const observer = typeof given === 'function' ? { next: given } : (given ?? {});
    if (!isAttached(observer)) return (this.#observer = new Attachment<T>(this, observer));
    this.#observer = observer;
    observer.add(this);
    return observer instanceof Subscription ? observer : Subscription.EMPTY;
  }

  get observed(): boolean {
    return this.#observer !== undefined;
  }

  next(value: T): void {
    this.#observer?.next?.(value);
  }

  /** Keeps an observer that is unsubscribed in memory no longer, and not one that came later. */
  unsubscribe(): void {
    if (this.#observer?.closed === true) this.#observer = undefined;
  }
}

const isAttached = <T>(observer: Partial<Observer<T> & AttachedObserver<T>>): observer is AttachedObserver<T> =>
  observer.add !== undefined;

/** Attaches an observer that is unsubscribed on its own. */
class Attachment<T> extends Subscription implements AttachedObserver<T> {
  readonly #unicast: Unsubscribable;
  readonly #observer: Partial<Observer<T>>;

  constructor(unicast: Unsubscribable, observer: Partial<Observer<T>>) {
    super();
    this.#unicast = unicast;
    this.#observer = observer;
  }

  next(value: T): void {
    this.#observer.next?.(value);
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.#unicast.unsubscribe();
  }
}
