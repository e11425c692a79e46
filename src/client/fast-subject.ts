import { Subject } from 'rxjs';

/**
 * A Subject for what comes with every packet. To one subscriber, which is what it usually has, it emits at once: no copy of the list,
 * no iterator, no closure, which together take longer than most of what subscribers do.
 */
export class FastSubject<T> extends Subject<T> {
  override next(value: T): void {
    const { observers } = this;
    if (observers.length !== 1 || this.isStopped) return super.next(value);
    observers[0]!.next(value);
  }
}
