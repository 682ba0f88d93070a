/** The reflector that a run is set to. */
import type { Policy } from '../policy/policy.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { canWriteJson, JsonReflector } from '../rules/json-reflector.ts';
import { PolicyReflector } from '../rules/policy-reflector.ts';
import type { Reflector } from '../rules/reflector.ts';

/** @param name the setting `reflector`; runs stored before there was a choice used the program. */
export function reflectorFor(name: string | undefined, policy: Policy): Reflector {
  if (name !== 'policy') return new ContrastReflector();
  return canWriteJson(policy) ? new JsonReflector(policy) : new PolicyReflector(policy);
}
