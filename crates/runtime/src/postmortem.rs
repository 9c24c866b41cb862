//! What a dying process looks like: its other threads, stopped where they are.
#![allow(unsafe_code, reason = "registers of other threads")]

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use guest::CpuState;

use crate::Vcpu;
use crate::vcpu::copy_registers;

/// A thread that runs no guest code any more.
pub struct Stopped {
    /// Its id.
    pub tid: i32,
    /// Its registers.
    pub state: Box<CpuState>,
}

/// How long threads are waited for. One that is still in guest code then is shown as it was when
/// it was last known.
const PATIENCE: Duration = Duration::from_millis(500);

/// Stops all threads but the calling one, for good: the process is about to end.
pub fn stop_others(own: &Vcpu) -> Vec<Stopped> {
    let process = own.process;
    process.resetting.store(true, Ordering::SeqCst);
    let end = Instant::now() + PATIENCE;
    let mut stopped = Vec::new();
    process.threads.each(|cell| {
        if std::ptr::eq(cell, &*own.cell) {
            return;
        }
        cell.arm();
        while cell.running.load(Ordering::SeqCst) && Instant::now() < end {
            std::thread::yield_now();
            cell.arm();
        }
        // SAFETY: the state lives as long as the cell; its thread does not run guest code now, and
        // won't, as a reset is under way.
        let state = copy_registers(unsafe { &*cell.state });
        stopped.push(Stopped { tid: cell.tid.load(Ordering::Relaxed), state });
    });
    stopped
}
