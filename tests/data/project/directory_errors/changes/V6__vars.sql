select ${regoin}, ${note};
select '${note}', ${region:lit};
