//! The list of programs: what `benches/list.txt` says.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::words::{self, Token};

pub use super::words::Variables;

/// Rows of this class start and end, and do next to nothing between.
const STARTUP: &str = "startup";

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Variables that are set in its environment.
    pub env: Vec<(String, String)>,
    /// The program and its arguments; of a guest, with `-L ROOT` before it.
    pub words: Vec<String>,
}

/// One program of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is called; no two rows share a name.
    pub name: String,
    /// What it is an example of.
    pub class: String,
    /// Whether all its runs have to print the same.
    pub check: bool,
    /// How it runs on the host.
    pub native: Command,
    /// What `metic run` and `qemu-riscv64` are given.
    pub guest: Command,
}

impl Row {
    /// Whether its cost is user and system time, as it is too short for either alone.
    pub fn is_startup(&self) -> bool {
        self.class == STARTUP
    }
}

/// Reads the list in `file`; `variables` are known to its rows.
pub fn read(file: &Path, variables: Variables) -> anyhow::Result<Vec<Row>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the list of programs {}", file.display()))?;
    parse(&text, variables).with_context(|| file.display().to_string())
}

/// Reads a list.
pub fn parse(text: &str, mut variables: Variables) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut names = HashSet::new();
    for (number, line) in joined_lines(text) {
        let row = parse_line(&line, &mut variables).with_context(|| format!("line {number}"))?;
        if let Some(row) = row {
            ensure!(names.insert(row.name.clone()), "line {number}: a second `{}`", row.name);
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The lines with their numbers; a line that ends in `\` goes on in the next one.
fn joined_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some((_, last)) if open => last.push_str(part),
            _ => lines.push((index + 1, part.to_string())),
        }
        open = goes_on;
    }
    lines
}

/// A row, or nothing for a blank line and for `NAME = WORDS`, which sets a variable.
fn parse_line(line: &str, variables: &mut Variables) -> anyhow::Result<Option<Row>> {
    let mut halves = words::split(line, variables)?
        .split(|token| *token == Token::Semicolon)
        .map(plain_words)
        .collect::<Vec<_>>();
    if let [only] = &mut halves[..]
        && only.get(1).is_some_and(|word| word == "=")
    {
        variables.insert(only[0].clone(), only.split_off(2));
        return Ok(None);
    }
    match &halves[..] {
        [only] if only.is_empty() => Ok(None),
        [native, guest] => row(native, guest).map(Some),
        _ => bail!("not a row: NAME CLASS [nocheck] NATIVE-COMMAND ; GUEST-COMMAND"),
    }
}

fn plain_words(tokens: &[Token]) -> Vec<String> {
    let word = |token: &Token| match token {
        Token::Word(word) => Some(word.clone()),
        Token::Semicolon => None,
    };
    tokens.iter().filter_map(word).collect()
}

fn row(native: &[String], guest: &[String]) -> anyhow::Result<Row> {
    let [name, class, native @ ..] = native else {
        bail!("a row begins with a name and a class");
    };
    let (check, native) = match native {
        [word, rest @ ..] if word == "nocheck" => (false, rest),
        all => (true, all),
    };
    Ok(Row {
        name: name.clone(),
        class: class.clone(),
        check,
        native: command(native).with_context(|| format!("`{name}`: native"))?,
        guest: command(guest).with_context(|| format!("`{name}`: guest"))?,
    })
}

fn command(words: &[String]) -> anyhow::Result<Command> {
    let set = words.iter().map_while(|word| assignment(word)).collect::<Vec<_>>();
    let words = words[set.len()..].to_vec();
    ensure!(!words.is_empty(), "no command");
    Ok(Command { env: set, words })
}

fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    named.then(|| (name.to_string(), value.to_string()))
}

/// The rows whose name or class matches one of `patterns`, in the list's order; all if there are
/// none. A pattern that nothing matches is an error.
pub fn select(rows: Vec<Row>, patterns: &[String]) -> anyhow::Result<Vec<Row>> {
    let matches = |row: &Row, p: &String| glob(p, &row.name) || glob(p, &row.class);
    for pattern in patterns {
        let known = rows.iter().any(|row| matches(row, pattern));
        ensure!(known, "no program and no class of the list is called `{pattern}`");
    }
    let chosen = |row: &Row| patterns.is_empty() || patterns.iter().any(|p| matches(row, p));
    Ok(rows.into_iter().filter(chosen).collect())
}

/// Whether `text` is what `pattern` describes: `*` is any text, `?` any character.
fn glob(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let tails = text.char_indices().map(|(i, _)| i).chain([text.len()]);
            tails.into_iter().any(|i| glob(rest.as_str(), &text[i..]))
        }
        Some(c) => {
            let mut chars = text.chars();
            chars.next().is_some_and(|t| c == '?' || c == t) && glob(rest.as_str(), chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        Variables::from([("ROOT".into(), vec!["/root".into()])])
    }

    fn rows(text: &str) -> Vec<Row> {
        parse(text, variables()).unwrap()
    }

    fn error(text: &str) -> String {
        format!("{:#}", parse(text, variables()).unwrap_err())
    }

    fn names(patterns: &[&str]) -> String {
        let list = rows("a-one x p ; q\na-two y p ; q\nb x p ; q");
        let patterns: Vec<String> = patterns.iter().map(|p| p.to_string()).collect();
        let chosen = select(list, &patterns).unwrap();
        chosen.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_row_has_a_name_a_class_and_two_commands() {
        let found = rows("# programs\n\nsum int /bin/sum 3 ; -L ${ROOT} ${ROOT}/sum 3\n");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].class.as_str()), ("sum", "int"));
        assert_eq!(found[0].native.words, ["/bin/sum", "3"]);
        assert_eq!(found[0].guest.words, ["-L", "/root", "/root/sum", "3"]);
        assert!(found[0].check && !found[0].is_startup());
    }

    #[test]
    fn nocheck_and_the_environment_stand_before_the_command() {
        let found = &rows("n startup nocheck A=1 B='x y' prog C=2 ; D= prog")[0];
        assert!(!found.check && found.is_startup());
        let env = [("A".to_string(), "1".to_string()), ("B".to_string(), "x y".to_string())];
        assert_eq!(found.native.env, env);
        assert_eq!(found.native.words, ["prog", "C=2"]);
        assert_eq!(found.guest.env, [("D".to_string(), String::new())]);
    }

    #[test]
    fn a_list_defines_variables_and_joins_lines() {
        let found =
            rows("LD = ${ROOT}/ld.so \\\n  --library-path ${ROOT}/lib\nn c ${LD} x ; \\\n y");
        assert_eq!(found[0].native.words, ["/root/ld.so", "--library-path", "/root/lib", "x"]);
        assert_eq!(found[0].guest.words, ["y"]);
    }

    #[test]
    fn a_bad_row_is_named_by_its_line() {
        let usage = "not a row: NAME CLASS [nocheck] NATIVE-COMMAND ; GUEST-COMMAND";
        assert_eq!(error("\nname class command"), format!("line 2: {usage}"));
        assert_eq!(error("a b c ; d ; e"), format!("line 1: {usage}"));
        assert_eq!(error("a ; b"), "line 1: a row begins with a name and a class");
        assert_eq!(error("a b A=1 ; c"), "line 1: `a`: native: no command");
        assert_eq!(error("a b c ;"), "line 1: `a`: guest: no command");
        assert_eq!(error("a b \\\n c ; d\na b c ; d"), "line 3: a second `a`");
        assert_eq!(error("a b ${X} ; d"), "line 1: unknown variable ${X}");
    }

    #[test]
    fn patterns_choose_by_name_and_by_class() {
        assert_eq!(names(&[]), "a-one a-two b");
        assert_eq!(names(&["b", "a-t*"]), "a-two b");
        assert_eq!(names(&["x"]), "a-one b");
        assert_eq!(names(&["?-*o*"]), "a-one a-two");
    }

    #[test]
    fn a_pattern_without_a_match_is_named() {
        let message = select(rows("a b c ; d"), &["z*".into()]).unwrap_err().to_string();
        assert_eq!(message, "no program and no class of the list is called `z*`");
    }
}
