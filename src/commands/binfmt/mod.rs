//! `metic binfmt`: the kernel starts metic for guest programs, in every chroot and container.

mod kernel;
mod rule;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::output::out;
use crate::registry::GUESTS;
use kernel::Entry;
use rule::Rule;

/// `metic binfmt`.
#[derive(Args)]
pub struct BinfmtArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Register metic for guest programs, until the next boot; needs root
    Install(InstallArgs),
    /// Take the registration back; needs root
    Remove,
    /// Show who is registered for guest programs; status 0 if metic is
    Status,
}

#[derive(Args)]
struct InstallArgs {
    /// The metic that is to run guest programs, if not this one
    #[arg(long, value_name = "PATH")]
    interpreter: Option<PathBuf>,
    /// Honour the set-user-ID and set-group-ID bits of guest programs (flag C): whoever may
    /// write to metic's file or its directory is then as good as root
    #[arg(long)]
    credentials: bool,
    /// Register even if another program is registered for the same programs: the kernel asks
    /// the one that came last
    #[arg(long)]
    force: bool,
    /// Register nothing: print the registration, in this form
    #[arg(long, value_name = "FORM")]
    print: Option<Form>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For /proc/sys/fs/binfmt_misc/register
    Kernel,
    /// For /usr/lib/binfmt.d/NAME.conf, which systemd registers at boot
    Systemd,
    /// For /usr/share/binfmts/NAME, which Debian's `update-binfmts --import NAME` registers
    Debian,
}

/// Does what the words behind `metic binfmt` say.
pub fn run(args: &BinfmtArgs) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::Install(install) => installed(install),
        Action::Remove => removed(),
        Action::Status => status(),
    }
}

fn installed(args: &InstallArgs) -> anyhow::Result<ExitCode> {
    let interpreter = match &args.interpreter {
        Some(path) => std::path::absolute(path)?,
        None => std::env::current_exe().context("metic's own file")?,
    };
    for guest in GUESTS {
        let rule = Rule::new(guest.isa, &interpreter, args.credentials)?;
        match args.print {
            Some(Form::Kernel | Form::Systemd) => out!("{}\n", rule.line())?,
            Some(Form::Debian) => out!("{}", rule.debian())?,
            None => install(&rule, args.force)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn install(rule: &Rule, force: bool) -> anyhow::Result<()> {
    if !rule.interpreter.is_file() {
        bail!("{}: no such file", rule.interpreter.display());
    }
    kernel::mount()?;
    let entries = kernel::entries()?;
    if let Some(other) = others(rule, &entries).next().filter(|_| !force) {
        bail!(
            "{} programs are already registered, as {} for {}; take that away first, or use --force",
            rule.machine,
            other.name,
            other.interpreter
        );
    }
    if entries.iter().any(|entry| entry.name == rule.name) {
        kernel::remove(&rule.name)?;
    }
    kernel::register(&rule.line())?;
    let (name, interpreter) = (&rule.name, rule.interpreter.display());
    out!("{name}: registered, {interpreter}, flags {}\n", rule.flags())
}

/// Entries of others that take the rule's programs.
fn others<'a>(rule: &'a Rule, entries: &'a [Entry]) -> impl Iterator<Item = &'a Entry> {
    let takes = |entry: &Entry| rule.programs().iter().any(|start| entry.takes(start));
    entries.iter().filter(move |entry| entry.name != rule.name && takes(entry))
}

fn removed() -> anyhow::Result<ExitCode> {
    kernel::mount_apart()?;
    let entries = kernel::entries()?;
    for guest in GUESTS {
        let name = Rule::name(guest.isa);
        if !entries.iter().any(|entry| entry.name == name) {
            bail!("{name}: not registered");
        }
        kernel::remove(&name)?;
        out!("{name}: removed\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn status() -> anyhow::Result<ExitCode> {
    if let Err(error) = kernel::mount_apart() {
        out!("{error}\n")?;
        return Ok(ExitCode::FAILURE);
    }
    let enabled = kernel::is_enabled()?;
    out!("binfmt_misc: {}\n", if enabled { "enabled" } else { "disabled" })?;
    let entries = kernel::entries()?;
    let mut all = enabled;
    for guest in GUESTS {
        let name = Rule::name(guest.isa);
        let own = entries.iter().find(|entry| entry.name == name);
        match own {
            Some(entry) => out!("{}\n", entry.describe())?,
            None => out!("{name}: not registered\n")?,
        }
        all &= own.is_some_and(|entry| entry.enabled);
        let rule = Rule::new(guest.isa, "/".as_ref(), false)?;
        for other in others(&rule, &entries) {
            out!("{} (takes {} programs too)\n", other.describe(), rule.machine)?;
        }
    }
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
