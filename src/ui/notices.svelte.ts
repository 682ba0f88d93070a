/** What has to be told, newest last: a later word on the same topic takes the place of an earlier one. */

export interface NoticeAction {
  label: string;
  run: () => void;
}

export interface Notice {
  id: number;
  text: string;
  /** Details behind a fold. */
  more: string[];
  topic: string | null;
  /** It went as it should; anything else wants a person's eye. */
  good: boolean;
  /** Ways out. */
  actions: NoticeAction[];
}

export type NoticeOptions = Partial<Pick<Notice, 'topic' | 'actions' | 'good'>>;

const MOST = 4;

export class Notices {
  all = $state.raw<Notice[]>([]);
  private next = 0;

  tell(text: string, more: string[], { topic = null, actions = [], good = false }: NoticeOptions = {}): void {
    const rest = this.all.filter((notice) => notice.text !== text && (topic === null || notice.topic !== topic));
    this.all = [...rest, { id: this.next++, text, more, topic, actions, good }].slice(-MOST);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }

  /** What was said on these topics no longer holds. */
  clear(...topics: string[]): void {
    this.all = this.all.filter(({ topic }) => topic === null || !topics.includes(topic));
  }
}
