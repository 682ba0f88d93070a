/** What can be run on a model whose weights stay as they are. */
import { UserError } from '../lib/errors.ts';
import type { PolicyInfo } from '../policy/policy.ts';
import { abilityOf, isLanguageModel } from './language-models.ts';

/** Methods that leave the weights as they are. */
export const weightlessMethods: readonly string[] = ['rules-only', 'expel', 'training-free-grpo', 'reflexion', 'prompt-only'];

/** The method itself, or rules alone where the model's name tells that nothing here can train it. */
export function fittingMethod(modelId: string, method: string): string {
  const unfit = isLanguageModel(modelId) && abilityOf(modelId) === 'rollouts' && !weightlessMethods.includes(method);
  return unfit ? 'rules-only' : method;
}

/** @throws UserError naming the methods that can be run, where this one cannot */
export function checkMethod({ name, frozen }: PolicyInfo, method: string): void {
  if (!frozen || weightlessMethods.includes(method)) return;
  throw new UserError(
    `Nothing here can train ${name}, and ${method} trains weights; choose a method that leaves them as they are: ${weightlessMethods.join(', ')}.`,
  );
}
