//! `metic man`: the manual pages, made from the definition of the command line.

mod sections;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::output::out;
use sections::{Item, SECTIONS, Section};

/// `metic man`.
#[derive(Args)]
pub struct ManArgs {
    /// The directory to write to; it is made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// Writes a page for metic and one for each of its commands, and prints their names.
pub fn run(args: &ManArgs, cli: Command) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&args.dir).with_context(|| args.dir.display().to_string())?;
    for (name, text) in pages(cli) {
        let path = args.dir.join(name);
        write(&path, &text)?;
        out!("{}\n", path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// File name and text of each page.
fn pages(cli: Command) -> Vec<(String, Vec<u8>)> {
    let mut cli = cli.disable_help_subcommand(true);
    cli.build();
    let version = cli.get_version().unwrap_or_default().to_string();
    let mut commands = Vec::new();
    collect(&cli, &mut commands);
    let names: Vec<String> = commands.iter().map(title).collect();
    commands.iter().map(|command| page(command, &version, &names)).collect()
}

/// The command, and the commands below it.
fn collect(command: &Command, found: &mut Vec<Command>) {
    found.push(command.clone());
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.for_each(|command| collect(command, found));
}

/// What a command's page is called: `metic-run`.
fn title(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_string()
}

fn page(command: &Command, version: &str, names: &[String]) -> (String, Vec<u8>) {
    let man =
        Man::new(command.clone()).source(format!("metic {version}")).manual("Manual of metic");
    let mut out = Vec::new();
    let rendered = render(&man, command, &mut out);
    rendered.expect("a vector takes everything");
    let name = title(command);
    let mut own = Roff::new();
    let of_page = |section: &&Section| section.pages.contains(&name.as_str());
    SECTIONS.iter().filter(of_page).for_each(|section| add(&mut own, section, command));
    see_also(&mut own, names.iter().filter(|other| **other != name));
    out.extend(own.to_roff().into_bytes());
    (man.get_filename(), out)
}

/// What clap knows.
fn render(man: &Man, command: &Command, out: &mut Vec<u8>) -> std::io::Result<()> {
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    if let Some(note) = command.get_after_help() {
        let note = Roff::new().control("PP", []).text([roman(note.to_string())]).to_roff();
        out.extend(note.into_bytes());
    }
    man.render_options_section(out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    Ok(())
}

fn add(roff: &mut Roff, section: &Section, command: &Command) {
    roff.control("SH", [section.title]);
    for item in section.items {
        match item {
            Item::Text(text) => roff.control("PP", []).text([roman(*text)]),
            Item::Term(term, text) => {
                roff.control("TP", []).text([bold(*term)]).text([roman(*text)])
            }
            Item::Variables => variables(roff, command),
            Item::Example(why, line) => roff
                .control("PP", [])
                .text([roman(*why)])
                .control("RS", [])
                .control("nf", [])
                .text([bold(*line)])
                .control("fi", [])
                .control("RE", []),
        };
    }
}

/// The variables that stand for options.
fn variables<'a>(roff: &'a mut Roff, command: &Command) -> &'a mut Roff {
    for option in command.get_arguments().filter(|option| !option.is_hide_set()) {
        if let (Some(variable), Some(long)) = (option.get_env(), option.get_long()) {
            let meaning = format!("--{long}, if that is not given.");
            roff.control("TP", []).text([bold(variable.to_string_lossy())]).text([roman(meaning)]);
        }
    }
    roff
}

fn see_also<'a>(roff: &mut Roff, others: impl Iterator<Item = &'a String>) {
    let of_metic = others.map(|name| (name.as_str(), "1"));
    let pages: Vec<_> =
        of_metic.chain([("chroot", "1"), ("elf", "5"), ("syscalls", "2")]).collect();
    roff.control("SH", ["SEE ALSO"]);
    for (n, (name, section)) in pages.iter().enumerate() {
        let end = if n + 1 < pages.len() { "," } else { "" };
        roff.text([bold(*name), roman(format!("({section}){end}"))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_on_a_page() {
        let names: Vec<String> =
            pages(crate::args::definition()).into_iter().map(|(name, _)| name).collect();
        for page in SECTIONS.iter().flat_map(|section| section.pages) {
            assert!(names.contains(&format!("{page}.1")), "{page} has no page");
        }
    }
}
