/** The reflector that is a language model with a free pen: it writes the edits as JSON under a schema, at temperature 0, adapter off. */
import { editsSchema, MOST_EDITS, parseEditsJson, promptOf, reflectionView } from './reflection-text.ts';
import type { ProposedEdit, ReflectInput, Reflector } from './reflector.ts';

/** A model that can be held to a schema (`policy/webllm`). */
export interface JsonWriter {
  readonly info: { name: string };
  writeJson(prompt: string, schema: object): Promise<string>;
  /** Tokens read and written so far. */
  readonly tokensWritten: number;
}

export const canWriteJson = (policy: object): policy is JsonWriter => 'writeJson' in policy;

const task = `You keep a short list of rules that help an agent. Below are the rules, and episodes of one kind of task that were won and lost.
Compare the won with the lost ones and answer with at most ${MOST_EDITS} edits: ADD a general rule in one plain sentence, EDIT or MERGE rules
that could be said better, UPVOTE rules that helped, DOWNVOTE rules that misled. No edit is better than a doubtful one.`;

export class JsonReflector implements Reflector {
  readonly name: string;
  unreadable = 0;

  get tokensFed(): number {
    return this.model.tokensWritten;
  }

  constructor(private readonly model: JsonWriter) {
    this.name = `${model.info.name}, adapter off, JSON`;
  }

  async reflect(input: ReflectInput): Promise<ProposedEdit[]> {
    const view = reflectionView(input);
    const ids = view.rules.map((rule) => rule.id);
    const answer = await this.model.writeJson(`${task}\n\n${promptOf(view).replace(/\n?>$/, '')}`, editsSchema(ids.length));
    const trajectories = view.episodes.map((episode) => episode.id);
    const { edits, dropped } = parseEditsJson(answer, ids, input.keys);
    this.unreadable += dropped.length;
    return edits.map((edit) => ({ edit, why: 'Written by the language model.', trajectories }));
  }
}
