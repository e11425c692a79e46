import { type Observable, Subject } from 'rxjs';

/** A Subject that is made for its first subscriber: most clients need few of the streams that they have. */
export class LateSubject<T> {
  #subject$: Subject<T> | undefined;
  #values$: Observable<T> | undefined;

  get observed(): boolean {
    return this.#subject$?.observed ?? false;
  }

  /** The same Observable each time. */
  get values$(): Observable<T> {
    return (this.#values$ ??= (this.#subject$ ??= new Subject()).asObservable());
  }

  next(value: T): void {
    this.#subject$?.next(value);
  }
}
