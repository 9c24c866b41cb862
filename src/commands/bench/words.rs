//! Words of a line: the shell's quotes, and variables that are lists of words.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

use anyhow::{Context, bail, ensure};

/// Variables by name; each holds words.
pub type Variables = HashMap<String, Vec<String>>;

/// What a line is made of.
#[derive(Debug, PartialEq, Eq)]
pub enum Token {
    /// A word, its quotes taken off and its variables replaced.
    Word(String),
    /// A `;` that is neither quoted nor part of a word.
    Semicolon,
}

/// Splits `line`. Quotes are the shell's, but `$` means something before `{` only.
///
/// An unquoted word that is `${NAME}` alone becomes the words of that variable; elsewhere the
/// variable has to be one word. A `#` where a word would begin ends the line.
pub fn split(line: &str, variables: &Variables) -> anyhow::Result<Vec<Token>> {
    let mut lexer = Lexer { chars: line.chars().peekable(), variables };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_spaces();
        match lexer.chars.peek() {
            None | Some('#') => return Ok(tokens),
            Some(_) => lexer.token(&mut tokens)?,
        }
    }
}

struct Lexer<'a> {
    chars: Peekable<Chars<'a>>,
    variables: &'a Variables,
}

/// A word as far as it has been read.
#[derive(Default)]
struct Word {
    text: String,
    quoted: bool,
    /// The words of a variable that the word began with.
    spliced: Option<Vec<String>>,
}

impl Word {
    fn begun(&self) -> bool {
        self.quoted || self.spliced.is_some() || !self.text.is_empty()
    }

    /// More text follows: a variable before it has to be one word.
    fn settle(&mut self) -> anyhow::Result<()> {
        match self.spliced.take().as_deref() {
            None => {}
            Some([one]) => self.text.push_str(one),
            Some(words) => bail!("a variable of {} words inside a word", words.len()),
        }
        Ok(())
    }

    fn push(&mut self, c: char) -> anyhow::Result<()> {
        self.settle()?;
        self.text.push(c);
        Ok(())
    }

    fn finish(self, tokens: &mut Vec<Token>) {
        match self.spliced {
            Some(words) => tokens.extend(words.into_iter().map(Token::Word)),
            None if self.text == ";" && !self.quoted => tokens.push(Token::Semicolon),
            None => tokens.push(Token::Word(self.text)),
        }
    }
}

impl Lexer<'_> {
    fn skip_spaces(&mut self) {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn token(&mut self, tokens: &mut Vec<Token>) -> anyhow::Result<()> {
        let mut word = Word::default();
        while let Some(c) = self.chars.next_if(|c| !c.is_whitespace()) {
            match c {
                '\'' => self.single_quoted(&mut word)?,
                '"' => self.double_quoted(&mut word)?,
                '\\' => self.escaped(&mut word)?,
                '$' if self.chars.peek() == Some(&'{') => self.bare_variable(&mut word)?,
                c => word.push(c)?,
            }
        }
        word.finish(tokens);
        Ok(())
    }

    fn single_quoted(&mut self, word: &mut Word) -> anyhow::Result<()> {
        word.settle()?;
        word.quoted = true;
        loop {
            match self.chars.next().context("a ' without its end")? {
                '\'' => return Ok(()),
                c => word.text.push(c),
            }
        }
    }

    fn double_quoted(&mut self, word: &mut Word) -> anyhow::Result<()> {
        word.settle()?;
        word.quoted = true;
        loop {
            match self.chars.next().context("a \" without its end")? {
                '"' => return Ok(()),
                '\\' if matches!(self.chars.peek(), Some('"' | '\\' | '$')) => {
                    word.text.extend(self.chars.next());
                }
                '$' if self.chars.peek() == Some(&'{') => {
                    let value = self.one_word()?;
                    word.text.push_str(&value);
                }
                c => word.text.push(c),
            }
        }
    }

    fn escaped(&mut self, word: &mut Word) -> anyhow::Result<()> {
        let c = self.chars.next().context("nothing after the last \\")?;
        word.quoted = true;
        word.push(c)
    }

    fn bare_variable(&mut self, word: &mut Word) -> anyhow::Result<()> {
        if word.begun() {
            word.settle()?;
            let value = self.one_word()?;
            word.text.push_str(&value);
        } else {
            word.spliced = Some(self.variable()?.to_vec());
        }
        Ok(())
    }

    fn one_word(&mut self) -> anyhow::Result<String> {
        match self.variable()? {
            [one] => Ok(one.clone()),
            words => bail!("a variable of {} words inside a word", words.len()),
        }
    }

    /// Reads `{NAME}`, the `$` being read already.
    fn variable(&mut self) -> anyhow::Result<&[String]> {
        self.chars.next();
        let name: String = std::iter::from_fn(|| self.chars.next_if(|c| *c != '}')).collect();
        ensure!(self.chars.next().is_some(), "${{{name} without its }}");
        let words = self.variables.get(&name);
        Ok(words.with_context(|| format!("unknown variable ${{{name}}}"))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let words = |list: &[&str]| list.iter().map(|w| w.to_string()).collect();
        HashMap::from([
            ("ONE".into(), words(&["a b"])),
            ("TWO".into(), words(&["x", "y"])),
            ("NONE".into(), words(&[])),
        ])
    }

    /// The words, `<;>` for the separator, joined by `|`.
    fn words(line: &str) -> String {
        let tokens = split(line, &variables()).unwrap();
        let shown = tokens.into_iter().map(|t| match t {
            Token::Word(word) => word,
            Token::Semicolon => "<;>".into(),
        });
        shown.collect::<Vec<_>>().join("|")
    }

    fn error(line: &str) -> String {
        split(line, &variables()).unwrap_err().to_string()
    }

    #[test]
    fn spaces_separate_words_and_comments_end_the_line() {
        assert_eq!(words("  a  bc\td # e"), "a|bc|d");
        assert_eq!(words("a#b #"), "a#b");
        assert_eq!(words(""), "");
    }

    #[test]
    fn quotes_keep_spaces_together_and_semicolons_plain() {
        assert_eq!(words(r#"a 'b "c' "d 'e" f\ g"#), r#"a|b "c|d 'e|f g"#);
        assert_eq!(words("a ; b ';' c;d \\;"), "a|<;>|b|;|c;d|;");
        assert_eq!(words("'' \"\""), "|");
        assert_eq!(words(r#""a\"b\n\\""#), r#"a"b\n\"#);
    }

    #[test]
    fn a_variable_alone_is_its_words() {
        assert_eq!(words("a ${TWO} b"), "a|x|y|b");
        assert_eq!(words("a ${NONE} b"), "a|b");
        assert_eq!(words("${ONE}"), "a b");
    }

    #[test]
    fn a_variable_inside_a_word_is_text() {
        assert_eq!(words("${ONE}/c -I${ONE}"), "a b/c|-Ia b");
        assert_eq!(words("\"${ONE};\" '${ONE}' $ONE $"), "a b;|${ONE}|$ONE|$");
        assert_eq!(words("\"\\${ONE}\" ${ONE}${ONE}"), "${ONE}|a ba b");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(error("a 'b"), "a ' without its end");
        assert_eq!(error("a \"b"), "a \" without its end");
        assert_eq!(error("${ELSE}"), "unknown variable ${ELSE}");
        assert_eq!(error("${ONE"), "${ONE without its }");
        assert_eq!(error("${TWO}/c"), "a variable of 2 words inside a word");
    }
}
