import { Injectable } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { interval, map } from 'rxjs';

/** The time, once a second. */
@Injectable({ providedIn: 'root' })
export class Clock {
  readonly now = toSignal(interval(1000).pipe(map(() => Date.now())), { initialValue: Date.now() });

  ago(at: number): string {
    const seconds = Math.round((this.now() - at) / 1000);
    if (seconds < 3) return 'now';
    if (seconds < 90) return `${seconds} s ago`;
    return seconds < 5400 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
  }
}
