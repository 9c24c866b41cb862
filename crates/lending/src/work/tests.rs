use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::{Section, raw};

static STEPS: AtomicU32 = AtomicU32::new(0);

fn tid() -> i64 {
    syscall_raw(libc::SYS_gettid as u64, [0; 6])
}

fn exit() -> ! {
    loop {
        syscall_raw(libc::SYS_exit as u64, [0; 6]);
    }
}

fn note(ok: bool) {
    STEPS.fetch_add(if ok { 1 } else { 100 }, Ordering::SeqCst);
}

/// What a child does whose lender's id is `lender`.
extern "C" fn well_behaved(lender: *mut libc::c_void) {
    let lender = lender as i64;
    note(tid() != lender);
    {
        let _outer = Section::enter();
        let _inner = Section::enter();
        note(tid() == lender);
        note(crate::syscall(libc::SYS_gettid as u64, [0; 6]) != lender);
        note(tid() == lender);
    }
    note(tid() != lender);
    drop(std::hint::black_box(vec![1u8; 100]));
    crate::leaving(true);
    exit()
}

/// It is gone in the middle of a section: by its own hand, as the lender can't tell the difference.
extern "C" fn dies_inside(_: *mut libc::c_void) {
    {
        let _section = Section::enter();
        let gone = crate::syscall(libc::SYS_exit as u64, [0; 6]);
        note(gone == -libc::ESRCH as i64);
        note(crate::syscall(libc::SYS_getpid as u64, [0; 6]) == -libc::ESRCH as i64);
    }
    note(false);
}

extern "C" fn at_home(lending: *mut libc::c_void) -> i32 {
    // SAFETY: `lives` keeps it until the child is gone.
    unsafe { Lending::run(lending.cast()) }
}

/// Lends the calling thread to a child that does `work`. True if it left in good order.
fn lives(work: Work) -> bool {
    STEPS.store(0, Ordering::SeqCst);
    let lending = Lending::new(64 << 10, work, tid() as *mut libc::c_void);
    lending.lend_by_caller();
    let mut home = vec![0u64; 8 << 10];
    let top = home.as_mut_ptr_range().end as u64 & !15;
    let before = raw::exchange_mask(EVERY_SIGNAL);
    // A thread, so that nobody has to wait for it; it has no thread-local storage of its own.
    let flags = libc::CLONE_VM
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_CHILD_CLEARTID;
    // SAFETY: stack and lending live until the child is gone; it returns from nothing.
    let made = unsafe {
        libc::clone(
            at_home,
            top as *mut libc::c_void,
            flags,
            (&raw const *lending).cast_mut().cast(),
            std::ptr::null_mut::<i32>(),
            std::ptr::null_mut::<libc::c_void>(),
            lending.word() as *mut i32,
        )
    };
    assert!(made > 0);
    let in_good_order = lending.lend(EVERY_SIGNAL);
    raw::exchange_mask(before);
    in_good_order
}

/// One test: the children count in one place.
#[test]
fn a_section_runs_in_the_lender_and_ends_though_the_child_is_gone() {
    assert!(lives(well_behaved));
    assert_eq!(STEPS.load(Ordering::SeqCst), 5);
    assert!(!lives(dies_inside));
    assert_eq!(STEPS.load(Ordering::SeqCst), 2);
}
