"""What was judged: dated assessments with a finding per criterion, dissents, the right of reply."""
