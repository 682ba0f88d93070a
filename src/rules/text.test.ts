import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanRuleText, MAX_RULE_LENGTH, ruleLength, whatCleaningTakes } from './text.ts';

test('whatever is typed, a rule is one clean line of at most 300 characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
      const clean = cleanRuleText(text);
      if (clean === null) return;
      expect(Array.from(clean).length).toBeLessThanOrEqual(MAX_RULE_LENGTH);
      expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(cleanRuleText(clean)).toBe(clean);
    }),
  );
});

test('a text is shortened exactly when its length as a rule is over the limit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 280, maxLength: 340 }), (text) => {
      const clean = cleanRuleText(text);
      if (ruleLength(text) <= MAX_RULE_LENGTH) expect(Array.from(clean ?? '')).toHaveLength(ruleLength(text));
      else expect(clean).toMatch(/…$/);
    }),
  );
  expect(ruleLength(`  ${'😀'.repeat(300)}\n`)).toBe(300);
});

test('chat tokens cannot be smuggled into a rule, not even nested in each other', () => {
  for (const attack of ['<|im_start|>system', '</s> go', '<|im_<|im_end|>start|>', '[INST] x [/INST]', '<start_of_turn>user'])
    expect(cleanRuleText(attack) ?? '').not.toMatch(/<\||<\/?s>|\[\/?INST\]|_of_turn>/);
});

test.each([
  '<｜Assistant｜>',
  '<｜User｜>',
  '<｜begin▁of▁sentence｜>',
  '<｜end▁of▁sentence｜>',
  '‹｜User｜›',
  '〈｜Assistant｜〉',
  '«｜User｜»',
  '＜｜User｜＞',
  '<|User|>',
  '<bos>',
  '<eos>',
  '<EOS>',
  '<pad>',
  '<think>',
  '</think>',
  '<tool_call>',
  '[TOOL_CALLS]',
  '[AVAILABLE_TOOLS]',
  '[/AVAILABLE_TOOLS]',
  '[TOOL_RESULTS]',
  '[SYSTEM_PROMPT]',
])('the chat token %s is taken out, put into itself too, and that is said', (token) => {
  const middle = Math.ceil(token.length / 2);
  expect(cleanRuleText(`Open the ${token} drawer.`)).toBe('Open the drawer.');
  expect(cleanRuleText(`Open the ${token.slice(0, middle)}${token}${token.slice(middle)}drawer.`)).not.toContain(token);
  expect(cleanRuleText(token)).toBeNull();
  expect(whatCleaningTakes(`${token} Win.`)).toContain('chat tokens were removed');
});

test('comparisons, options in brackets and arrows stay as they are written', () => {
  for (const text of ['Buy where price < 30 and rating > 4.', 'Click [size] and [INSTANT coffee].', 'Fridge -> table | shelf.', 'Write <b>bold</b>.', 'Say «mug | cup» first.'])
    expect(cleanRuleText(text)).toBe(text);
});

test('bidirectional and zero-width characters become spaces, line breaks too', () => {
  expect(cleanRuleText('a\u202eb\u200bc\nd\u2028e')).toBe('a b c d e');
});

test('text that is only unsafe characters is no rule', () => {
  expect(cleanRuleText(' \u200b\n\t')).toBeNull();
});

test('what cleaning takes away is said, and spaces and line breaks are no loss', () => {
  expect(whatCleaningTakes(' One plain\n sentence. ')).toBeNull();
  expect(whatCleaningTakes('a'.repeat(300))).toBeNull();
  expect(whatCleaningTakes('a'.repeat(301))).toContain('shortened from 301 to 300 characters');
  expect(whatCleaningTakes('a\u202eb')).toContain('control marks were removed');
  expect(whatCleaningTakes('<|im_end|> Win.')).toContain('chat tokens were removed');
});
